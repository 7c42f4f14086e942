// Capacitor's bridge and its navigation delegate, as far as a plugin meets them: the ways in and out are the real
// ones' (CapacitorBridge.swift, WebViewDelegationHandler.swift), the web view behind them is the stand-in.
import Foundation
import WebKit

open class WebViewDelegationHandler: NSObject, WKNavigationDelegate {
    /// What reached it, in words.
    public private(set) var seen: [String] = []

    open func webViewWebContentProcessDidTerminate(_ webView: WKWebView) {
        dispatchPrecondition(condition: .onQueue(.main))
        seen.append("terminated")
    }

    open func webView(_ webView: WKWebView, didFailProvisionalNavigation navigation: WKNavigation!, withError error: Error) {
        seen.append("failed early")
    }

    open func webView(_ webView: WKWebView, didFail navigation: WKNavigation!, withError error: Error) {
        seen.append("failed")
    }
}

open class CapacitorBridge: NSObject, CAPBridgeProtocol {
    public var config: InstanceConfiguration
    public let webView: WKWebView?
    public let delegationHandler = WebViewDelegationHandler()
    open private(set) var dispatchQueue = DispatchQueue(label: "bridge")
    private var storedCalls: [String: CAPPluginCall] = [:]

    public init(config: InstanceConfiguration, webView: WKWebView) {
        self.config = config
        self.webView = webView
        super.init()
        webView.navigationDelegate = delegationHandler
    }

    /// As `CapacitorBridge.loadPlugin` does.
    public func register(_ plugin: CAPPlugin & CAPBridgedPlugin) {
        plugin.bridge = self
        plugin.webView = webView
        plugin.retainedEventArguments = [:]
        plugin.eventListeners = [:]
        plugin.pluginId = plugin.identifier
        plugin.pluginName = plugin.jsName
        plugin.load()
    }

    public func setServerBasePath(_ path: String) {
        let url = URL(fileURLWithPath: path, isDirectory: true)
        guard FileManager.default.fileExists(atPath: url.path) else { return }
        config = config.updatingAppLocation(url)
    }

    public var viewController: UIViewController? { nil }
    public let notificationRouter = NotificationRouter()
    public let isSimEnvironment = true
    public let isDevEnvironment = true
    public let userInterfaceStyle = UIUserInterfaceStyle.unspecified
    public let autoRegisterPlugins = true
    public var statusBarVisible = true
    public var statusBarStyle = UIStatusBarStyle.default
    public var statusBarAnimation = UIStatusBarAnimation.none
    public func getWebView() -> WKWebView? { webView }
    public func isSimulator() -> Bool { isSimEnvironment }
    public func isDevMode() -> Bool { isDevEnvironment }
    public func getStatusBarVisible() -> Bool { statusBarVisible }
    public func getStatusBarStyle() -> UIStatusBarStyle { statusBarStyle }
    public func getUserInterfaceStyle() -> UIUserInterfaceStyle { userInterfaceStyle }
    public func getLocalUrl() -> String { config.localURL.absoluteString }
    public func getSavedCall(_ callbackId: String) -> CAPPluginCall? { storedCalls[callbackId] }
    public func releaseCall(callbackId: String) { storedCalls[callbackId] = nil }
    public func plugin(withName: String) -> CAPPlugin? { nil }
    public func saveCall(_ call: CAPPluginCall) { storedCalls[call.callbackId] = call }
    public func savedCall(withID id: String) -> CAPPluginCall? { storedCalls[id] }
    public func releaseCall(_ call: CAPPluginCall) { storedCalls[call.callbackId] = nil }
    public func releaseCall(withID id: String) { storedCalls[id] = nil }
    public func evalWithPlugin(_ plugin: CAPPlugin, js: String) {}
    public func eval(js: String) {}
    public func triggerJSEvent(eventName: String, target: String) {}
    public func triggerJSEvent(eventName: String, target: String, data: String) {}
    public func triggerWindowJSEvent(eventName: String) {}
    public func triggerWindowJSEvent(eventName: String, data: String) {}
    public func triggerDocumentJSEvent(eventName: String) {}
    public func triggerDocumentJSEvent(eventName: String, data: String) {}
    public func localURL(fromWebURL webURL: URL?) -> URL? { nil }
    public func portablePath(fromLocalURL localURL: URL?) -> URL? { nil }
    public func registerPluginType(_ pluginType: CAPPlugin.Type) {}
    public func registerPluginInstance(_ pluginInstance: CAPPlugin) {}
    public func showAlertWith(title: String, message: String, buttonTitle: String) {}
    public func presentVC(_ controller: UIViewController, animated: Bool, completion: (() -> Void)?) {}
    public func dismissVC(animated: Bool, completion: (() -> Void)?) {}
}
