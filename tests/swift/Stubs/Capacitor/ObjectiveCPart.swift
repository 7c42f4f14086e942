// What Capacitor declares in Objective-C (CAPPlugin, CAPPluginCall, CAPPluginMethod, CAPBridgedPlugin,
// CAPInstanceConfiguration), written again in Swift after its headers and with the behaviour of its .m files. The rest
// of this module is Capacitor's own Swift, copied from the npm package when the tests run.
@_exported import WebKit

public let CAPPluginReturnNone = "none"
public let CAPPluginReturnCallback = "callback"
public let CAPPluginReturnPromise = "promise"

public typealias CAPPluginCallSuccessHandler = (CAPPluginCallResult?, CAPPluginCall?) -> Void
public typealias CAPPluginCallErrorHandler = (CAPPluginCallError?) -> Void

open class CAPPluginCall: NSObject {
    public var keepAlive = false
    public var callbackId: String!
    public var methodName: String!
    public var options: [AnyHashable: Any]!
    public var successHandler: CAPPluginCallSuccessHandler!
    public var errorHandler: CAPPluginCallErrorHandler!

    public init!(
        callbackId: String!, methodName: String!, options: [AnyHashable: Any]!,
        success: CAPPluginCallSuccessHandler!, error: CAPPluginCallErrorHandler!
    ) {
        self.callbackId = callbackId
        self.methodName = methodName
        self.options = options
        successHandler = success
        errorHandler = error
    }
}

open class CAPPluginMethod: NSObject {
    public var name: String!
    public var returnType: String!
    public init(name: String!, returnType: String!) {
        self.name = name
        self.returnType = returnType
    }
}

public protocol CAPBridgedPlugin: NSObjectProtocol {
    var identifier: String { get }
    var jsName: String { get }
    var pluginMethods: [CAPPluginMethod] { get }
}

open class CAPPlugin: NSObject {
    public weak var webView: WKWebView?
    public weak var bridge: CAPBridgeProtocol?
    public var pluginId = ""
    public var pluginName = ""
    public var shouldStringifyDatesInCalls = true
    public var eventListeners: NSMutableDictionary?
    public var retainedEventArguments: NSMutableDictionary?

    /// What the two dictionaries hold. An `NSMutableArray` on iOS; Linux's Foundation hands out copies of those.
    private final class List<Element> {
        var elements: [Element] = []
    }

    private func list<Element>(_ name: String, in dictionary: NSMutableDictionary?, of: Element.Type) -> List<Element> {
        if let list = dictionary?[name] as? List<Element> { return list }
        let list = List<Element>()
        dictionary?[name] = list
        return list
    }

    open func load() {}
    open func getId() -> String { pluginName }

    open func addEventListener(_ name: String, listener: CAPPluginCall) {
        let listeners = list(name, in: eventListeners, of: CAPPluginCall.self)
        listeners.elements.append(listener)
        guard listeners.elements.count == 1 else { return }
        let kept = list(name, in: retainedEventArguments, of: [String: Any].self).elements
        retainedEventArguments?.removeObject(forKey: name)
        for data in kept { notifyListeners(name, data: data) }
    }

    open func notifyListeners(_ name: String, data: [String: Any]?) {
        notifyListeners(name, data: data, retainUntilConsumed: false)
    }

    open func notifyListeners(_ name: String, data: [String: Any]?, retainUntilConsumed retain: Bool) {
        let listeners = list(name, in: eventListeners, of: CAPPluginCall.self).elements
        if listeners.isEmpty && retain {
            list(name, in: retainedEventArguments, of: [String: Any].self).elements.append(data ?? [:])
        }
        for call in listeners { call.successHandler(CAPPluginCallResult(data), call) }
    }

    open func addListener(_ call: CAPPluginCall) {
        call.keepAlive = true
        addEventListener(call.options["eventName"] as? String ?? "", listener: call)
    }

    open func removeAllListeners(_ call: CAPPluginCall) {
        eventListeners?.removeAllObjects()
        call.resolve()
    }
}

open class InstanceConfiguration: NSObject {
    public let localURL: URL
    public let serverURL: URL
    public let appLocation: URL
    public let appStartPath: String?
    public let errorPath: String?
    public let pluginConfigurations: [AnyHashable: Any]
    public let legacyConfig: [AnyHashable: Any]
    public let allowedNavigationHostnames: [String] = []

    public init(
        localURL: URL, serverURL: URL, appLocation: URL, appStartPath: String?, pluginConfigurations: [AnyHashable: Any]
    ) {
        self.localURL = localURL
        self.serverURL = serverURL
        self.appLocation = appLocation
        self.appStartPath = appStartPath
        self.pluginConfigurations = pluginConfigurations
        errorPath = nil
        legacyConfig = [:]
    }

    public func updatingAppLocation(_ location: URL) -> InstanceConfiguration {
        InstanceConfiguration(
            localURL: localURL, serverURL: serverURL, appLocation: location, appStartPath: appStartPath,
            pluginConfigurations: pluginConfigurations
        )
    }
}

open class NotificationRouter: NSObject {}

public let MSEC_PER_SEC: UInt64 = 1000 // a constant of Apple's Foundation
