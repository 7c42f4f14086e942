// A stand-in for WebKit on Linux: it notes what it is told, and loads nothing.
#if canImport(FoundationNetworking)
@_exported import FoundationNetworking
#endif
@_exported import UIKit

public enum WKUserScriptInjectionTime: Int { case atDocumentStart, atDocumentEnd }

open class WKUserScript: NSObject {
    public let source: String
    public let injectionTime: WKUserScriptInjectionTime
    public let isForMainFrameOnly: Bool
    public init(source: String, injectionTime: WKUserScriptInjectionTime, forMainFrameOnly: Bool) {
        self.source = source
        self.injectionTime = injectionTime
        isForMainFrameOnly = forMainFrameOnly
    }
}

open class WKUserContentController: NSObject {
    public private(set) var userScripts: [WKUserScript] = []
    open func addUserScript(_ script: WKUserScript) { userScripts.append(script) }
    open func removeAllUserScripts() { userScripts = [] }
}

open class WKWebViewConfiguration: NSObject {
    public var userContentController = WKUserContentController()
}

open class WKNavigation: NSObject {}
open class WKNavigationAction: NSObject {}

/// The methods that the plugin implements. Optional on Apple's systems, required here, so that a wrong signature is
/// an error.
public protocol WKNavigationDelegate: NSObjectProtocol {
    func webViewWebContentProcessDidTerminate(_ webView: WKWebView)
    func webView(_ webView: WKWebView, didFailProvisionalNavigation navigation: WKNavigation!, withError error: Error)
    func webView(_ webView: WKWebView, didFail navigation: WKNavigation!, withError error: Error)
}

open class WKWebView: UIView {
    public let configuration = WKWebViewConfiguration()
    public weak var navigationDelegate: WKNavigationDelegate?
    /// What was loaded, in order.
    public private(set) var loaded: [URLRequest] = []
    /// Called at each load.
    public var onLoad: (URLRequest) -> Void = { _ in }

    open func load(_ request: URLRequest) -> WKNavigation? {
        dispatchPrecondition(condition: .onQueue(.main))
        loaded.append(request)
        onLoad(request)
        return WKNavigation()
    }

    open func stopLoading() {}
}
