import Capacitor
import Foundation
import WebKit
#if SWIFT_PACKAGE
import AirlockCore
#endif

/// Stands before Capacitor's navigation delegate, tells the updater of pages that fail, and passes everything on.
/// Capacitor gives plugins no other way to learn that the web content process ended.
final class NavigationWatch: NSObject, WKNavigationDelegate {
    /// Capacitor's own delegate. It belongs to the view controller.
    private weak var next: WebViewDelegationHandler?
    private let appURL: URL
    private let updater: Updater

    /// Takes its place; `nil` where somebody else has done so.
    init?(webView: WKWebView?, appURL: URL, updater: Updater) {
        guard let webView, let next = webView.navigationDelegate as? WebViewDelegationHandler else { return nil }
        self.next = next
        self.appURL = appURL
        self.updater = updater
        super.init()
        webView.navigationDelegate = self
    }

    func webViewWebContentProcessDidTerminate(_ webView: WKWebView) {
        // Capacitor's answer is to load the page again. For a bundle on trial the engine has a better one.
        updater.pageFailed(reason: PageFault.processGone) { [weak self, weak webView] in
            guard let webView else { return }
            self?.next?.webViewWebContentProcessDidTerminate(webView)
        }
    }

    func webView(_ webView: WKWebView, didFailProvisionalNavigation navigation: WKNavigation!, withError error: Error) {
        report(error)
        next?.webView(webView, didFailProvisionalNavigation: navigation, withError: error)
    }

    func webView(_ webView: WKWebView, didFail navigation: WKNavigation!, withError error: Error) {
        report(error)
        next?.webView(webView, didFail: navigation, withError: error)
    }

    private func report(_ error: Error) {
        guard let reason = PageFault.reason(error, appURL: appURL) else { return }
        updater.pageFailed(reason: reason) {}
    }

    #if canImport(ObjectiveC)
    override func responds(to selector: Selector!) -> Bool {
        super.responds(to: selector) || (next?.responds(to: selector) ?? false)
    }

    override func forwardingTarget(for selector: Selector!) -> Any? {
        guard let next, next.responds(to: selector) else { return super.forwardingTarget(for: selector) }
        return next
    }
    #endif
}
