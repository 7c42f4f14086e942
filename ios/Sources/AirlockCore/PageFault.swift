import Foundation

/// What is evidence against a bundle, and what is not.
public enum PageFault {
    /// Words for the engine when a page of the app itself did not load; `nil` where that says nothing about the
    /// bundle: a page of another origin, a load that was called off, one that the app's own policy turned away.
    public static func reason(_ error: Error, appURL: URL) -> String? {
        let error = error as NSError
        guard let failing = failingURL(error), isOfApp(failing, appURL) else { return nil }
        if error.domain == NSURLErrorDomain && error.code == NSURLErrorCancelled { return nil }
        if error.domain == "WebKitErrorDomain" { return nil }
        return "its page did not load (\(error.domain) \(error.code))"
    }

    /// The web content process is gone while the app was in front.
    public static let processGone = "the web content process ended"

    private static func failingURL(_ error: NSError) -> URL? {
        error.userInfo[NSURLErrorFailingURLErrorKey] as? URL
            ?? (error.userInfo[NSURLErrorFailingURLStringErrorKey] as? String).flatMap(URL.init(string:))
    }

    private static func isOfApp(_ url: URL, _ app: URL) -> Bool {
        url.scheme?.lowercased() == app.scheme?.lowercased() && url.host?.lowercased() == app.host?.lowercased()
    }
}
