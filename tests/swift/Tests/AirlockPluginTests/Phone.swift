import Foundation
import UIKit
import XCTest

@testable import AirlockCore
@testable import AirlockPlugin
@testable import Capacitor

/// An app on a phone: its files, its web view, and the plugin as Capacitor loads it. The engine, the store, the
/// repository and its server are real.
final class Phone {
    static let fixture = URL(fileURLWithPath: ProcessInfo.processInfo.environment["AIRLOCK_FIXTURE"] ?? "/nowhere")
    static let origin = URL(string: "capacitor://localhost")!

    let folder: URL
    private(set) var plugin: AirlockPlugin!
    private(set) var bridge: CapacitorBridge!
    private let settings: [String: Any]
    private let serverURL: URL
    private let startPath: String?
    private unowned let test: XCTestCase

    /// An app in a folder of its own. `settings` go over the fixture's configuration of the plugin.
    init(
        _ test: XCTestCase, _ settings: [String: Any] = [:], serverURL: URL = Phone.origin, startPath: String? = nil
    ) throws {
        self.test = test
        self.settings = settings
        self.serverURL = serverURL
        self.startPath = startPath
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("airlock-\(UUID().uuidString)")
        let app = folder.appendingPathComponent("App.app")
        try FileManager.default.createDirectory(at: app, withIntermediateDirectories: true)
        for name in ["public", "capacitor.config.json"] {
            let from = Phone.fixture.appendingPathComponent(name)
            try FileManager.default.copyItem(at: from, to: app.appendingPathComponent(name))
        }
        let info = ["CFBundleShortVersionString": "1.4.0", "CFBundleIdentifier": "dev.airlock.example"]
        let plist = try PropertyListSerialization.data(fromPropertyList: info, format: .xml, options: 0)
        try plist.write(to: app.appendingPathComponent("Info.plist"))
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    var embedded: URL { folder.appendingPathComponent("App.app/public") }
    var store: URL { folder.appendingPathComponent("Library/NoCloud/airlock") }
    var webView: WKWebView { bridge.webView! }
    var handler: WebViewDelegationHandler { bridge.delegationHandler }

    /// The process starts: Capacitor builds its bridge and loads the plugin.
    func launch() throws {
        let config = try JSONSerialization.jsonObject(
            with: Data(contentsOf: folder.appendingPathComponent("App.app/capacitor.config.json")))
        var plugins = (config as? [String: Any])?["plugins"] as? [String: [String: Any]] ?? [:]
        plugins["Airlock"]?.merge(settings) { $1 }
        bridge = CapacitorBridge(
            config: InstanceConfiguration(
                localURL: Phone.origin, serverURL: serverURL, appLocation: embedded, appStartPath: startPath,
                pluginConfigurations: JSTypes.coerceDictionaryToJSObject(plugins as [AnyHashable: Any]) ?? [:]),
            webView: WKWebView())
        bridge.webView?.configuration.userContentController.addUserScript(
            WKUserScript(source: "/* Capacitor */", injectionTime: .atDocumentStart, forMainFrameOnly: true))
        plugin = AirlockPlugin()
        let (app, library) = (folder.appendingPathComponent("App.app"), folder.appendingPathComponent("Library"))
        plugin.place = { AppPlace(bridge: $0, main: Bundle(url: app) ?? .main, library: library) }
        bridge.register(plugin)
    }

    /// It starts and comes to the front.
    func open() throws {
        try launch()
        becomeActive()
    }

    func becomeActive() { post(UIApplication.didBecomeActiveNotification) }
    func leave() { post(UIApplication.didEnterBackgroundNotification) }

    func post(_ name: Notification.Name) { NotificationCenter.default.post(name: name, object: nil) }

    /// The token that a page starting now would get; `nil` where there is not exactly one.
    var token: String? {
        let ours = webView.configuration.userContentController.userScripts.filter { $0.source.hasPrefix(LaunchScript.mark) }
        guard ours.count == 1, let source = ours.first?.source else { return nil }
        return source.components(separatedBy: "token: \"").last?.components(separatedBy: "\"").first
    }

    /// The version of the bundle that the web view serves.
    var served: String {
        let page = bridge.config.appLocation.appendingPathComponent("index.html")
        let text = (try? String(contentsOf: page, encoding: .utf8)) ?? ""
        return text.components(separatedBy: "<title>").last?.components(separatedBy: "</title>").first ?? ""
    }

    /// What a call of the page is answered with.
    enum Answer {
        case data([String: Any]?)
        case rejected(String)

        var data: [String: Any] {
            if case .data(let data) = self { return data ?? [:] }
            return ["rejected": self]
        }
        var code: String {
            if case .rejected(let code) = self { return code }
            return "resolved"
        }
    }

    /// Calls a method as Capacitor does, and waits for its answer.
    func call(_ method: String, _ options: [String: Any] = [:]) -> Answer {
        let answered = test.expectation(description: "\(method) answers")
        var answer = Answer.data(nil)
        perform(method, options) {
            answer = $0
            answered.fulfill()
        }
        test.wait(for: [answered], timeout: 60)
        return answer
    }

    /// Calls a method that ends the page, and waits for the next one.
    func switchPage(_ method: String, _ options: [String: Any] = [:]) {
        waitForPage { perform(method, options) { XCTFail("\(method) answered \($0)") } }
    }

    /// Waits until the web view loads a page because of `action`.
    func waitForPage(_ action: () -> Void) {
        let loaded = test.expectation(description: "a page is loaded")
        webView.onLoad = { _ in loaded.fulfill() }
        action()
        test.wait(for: [loaded], timeout: 60)
        webView.onLoad = { _ in }
        settle()
    }

    /// Lets everything that is under way in the updater's queue happen: calls take turns there.
    func settle() { _ = call("list") }

    func perform(_ method: String, _ options: [String: Any], _ answer: @escaping (Answer) -> Void) {
        let call = CAPPluginCall(
            callbackId: UUID().uuidString, methodName: method,
            options: JSTypes.coerceDictionaryToJSObject(options as [AnyHashable: Any]) ?? [:],
            success: { result, _ in answer(.data(result?.data)) },
            error: { answer(.rejected($0?.code ?? "")) })
        let body = Phone.methods(plugin)[method]
        XCTAssertNotNil(body, "\(method) is not in the table of methods")
        bridge.dispatchQueue.async { [bridge] in
            _ = bridge
            body?(call!)
        }
    }

    /// Listens as a page does, and waits for the first event.
    func hear(_ event: String, while action: () -> Void = {}) -> [String: Any] {
        let heard = test.expectation(description: "\(event) is heard")
        heard.assertForOverFulfill = false
        var first: [String: Any]?
        listen(event) { data in
            if first == nil { first = data }
            heard.fulfill()
        }
        action()
        test.wait(for: [heard], timeout: 60)
        return first ?? [:]
    }

    func listen(_ event: String, _ hear: @escaping ([String: Any]) -> Void) {
        let call = CAPPluginCall(
            callbackId: UUID().uuidString, methodName: "addListener", options: ["eventName": event],
            success: { result, _ in hear(result?.data ?? [:]) }, error: { _ in })
        bridge.dispatchQueue.sync { plugin.addListener(call!) }
    }

    /// The plugin's methods by name: on iOS the Objective-C runtime finds them.
    static func methods(_ plugin: AirlockPlugin) -> [String: (CAPPluginCall) -> Void] {
        [
            "notifyAppReady": plugin.notifyAppReady, "current": plugin.current, "getLatest": plugin.getLatest,
            "sync": plugin.sync, "download": plugin.download, "next": plugin.next, "set": plugin.set,
            "reload": plugin.reload, "reset": plugin.reset, "list": plugin.list, "delete": plugin.delete,
            "getNextBundle": plugin.getNextBundle, "getFailedUpdate": plugin.getFailedUpdate,
            "setMultiDelay": plugin.setMultiDelay, "cancelDelay": plugin.cancelDelay,
            "getDelayConditions": plugin.getDelayConditions, "cancelDownload": plugin.cancelDownload,
            "setRequestToken": plugin.setRequestToken, "setRequestKey": plugin.setRequestKey,
            "setChannel": plugin.setChannel,
            "unsetChannel": plugin.unsetChannel,
            "getChannel": plugin.getChannel,
            "listChannels": plugin.listChannels,
            "getDeviceId": plugin.getDeviceId,
            "setCustomId": plugin.setCustomId,
            "getFailures": plugin.getFailures, "triggerUpdateCheck": plugin.triggerUpdateCheck,
        ]
    }
}

extension Dictionary where Key == String, Value == Any {
    func object(_ key: String) -> [String: Any] { self[key] as? [String: Any] ?? [:] }
    func text(_ key: String) -> String? { self[key] as? String }
}
