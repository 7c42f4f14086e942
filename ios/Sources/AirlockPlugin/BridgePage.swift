import Capacitor
import Foundation
import WebKit
#if SWIFT_PACKAGE
import AirlockCore
#endif

/// Capacitor's web view, pointed at one launch. Main thread only.
final class BridgePage: Page {
    private weak var bridge: CAPBridgeProtocol?
    private let embedded: URL
    /// Called when the running page's time is over.
    var pageEnds: () -> Void = {}

    init(bridge: CAPBridgeProtocol, embedded: URL) {
        self.bridge = bridge
        self.embedded = embedded
    }

    /// The token goes first and comes last: at no moment could a page of other files have it (R2).
    func prepare(_ launch: Launch) -> Bool {
        // An app that has closed its web view has no page to fail: that is no evidence against a bundle.
        guard let bridge, let scripts = bridge.webView?.configuration.userContentController else { return true }
        removeToken(from: scripts)
        let root = launch.root.map { URL(fileURLWithPath: $0, isDirectory: true) } ?? embedded
        guard serve(root, through: bridge) else {
            _ = serve(embedded, through: bridge)
            return false
        }
        let source = LaunchScript.source(token: launch.token, appURL: bridge.config.localURL)
        scripts.addUserScript(WKUserScript(source: source, injectionTime: .atDocumentStart, forMainFrameOnly: true))
        return true
    }

    func load() {
        guard let bridge, let webView = bridge.webView else { return }
        pageEnds()
        webView.stopLoading()
        _ = webView.load(URLRequest(url: bridge.config.appStartServerURL))
    }

    /// Not persisted as Capacitor's `serverBasePath`: each start of the process decides anew, and an app from which
    /// Airlock was removed starts its embedded bundle.
    private func serve(_ root: URL, through bridge: CAPBridgeProtocol) -> Bool {
        // Does nothing, without a word, when the folder is not there.
        bridge.setServerBasePath(root.path)
        let config = bridge.config
        // Without its start file Capacitor would end the process (`server.appStartPath`; a folder has none to miss).
        return config.appLocation.path == root.path && FileManager.default.fileExists(atPath: config.appStartFileURL.path)
    }

    /// WebKit removes all scripts or none; those of Capacitor and of other plugins go back in their order.
    private func removeToken(from scripts: WKUserContentController) {
        let all = scripts.userScripts
        let others = all.filter { !$0.source.hasPrefix(LaunchScript.mark) }
        guard others.count != all.count else { return }
        scripts.removeAllUserScripts()
        others.forEach(scripts.addUserScript)
    }
}
