import Foundation

/// The script that gives a page its launch token before anything of the app runs (docs/adr/0009).
public enum LaunchScript {
    /// Every script of ours starts with this; so they are found again among those of Capacitor and of other plugins.
    public static let mark = "/* airlock launch token */"

    /// The script for the pages of one launch. A web view runs it in every page of the main frame, so it looks where
    /// it is: a page of another origin that the app lets itself be led to (`server.allowNavigation`) gets no token.
    ///
    /// A page that comes back from the web view's back-forward cache loads again: its bundle may not be the one that
    /// is served any more, and Capacitor has dropped its listeners.
    public static func source(token: String, appURL: URL) -> String {
        let scheme = literal((appURL.scheme ?? "").lowercased() + ":")
        let host = literal((appURL.host ?? "").lowercased())
        return """
            \(mark)
            (function () {
              'use strict';
              if (location.protocol !== \(scheme) || location.host !== \(host)) return;
              Object.defineProperty(window, 'AirlockLaunch', { value: Object.freeze({ token: \(literal(token)) }) });
              window.addEventListener('pageshow', function (event) {
                if (event.persisted) location.reload();
              });
            })();
            """
    }

    /// A JavaScript string. JSON's strings are JavaScript's (ECMA-262, since 2019).
    private static func literal(_ text: String) -> String {
        guard let data = try? JSONEncoder().encode(text), let literal = String(data: data, encoding: .utf8) else {
            return "''"
        }
        return literal
    }
}
