import Capacitor
import Foundation
#if SWIFT_PACKAGE
import AirlockCore
#endif

/// The plugin as Capacitor sees it. It translates: what happens and what is asked goes to `Updater`, what it answers
/// goes to JavaScript.
@objc(AirlockPlugin)
public class AirlockPlugin: CAPPlugin, CAPBridgedPlugin {
    public let identifier = "AirlockPlugin"
    public let jsName = "Airlock"
    public let pluginMethods: [CAPPluginMethod] = [
        CAPPluginMethod(name: "notifyAppReady", returnType: CAPPluginReturnPromise),
        CAPPluginMethod(name: "current", returnType: CAPPluginReturnPromise),
        CAPPluginMethod(name: "getLatest", returnType: CAPPluginReturnPromise),
        CAPPluginMethod(name: "sync", returnType: CAPPluginReturnPromise),
        CAPPluginMethod(name: "download", returnType: CAPPluginReturnPromise),
        CAPPluginMethod(name: "next", returnType: CAPPluginReturnPromise),
        CAPPluginMethod(name: "set", returnType: CAPPluginReturnPromise),
        CAPPluginMethod(name: "reload", returnType: CAPPluginReturnPromise),
        CAPPluginMethod(name: "reset", returnType: CAPPluginReturnPromise),
        CAPPluginMethod(name: "list", returnType: CAPPluginReturnPromise),
        CAPPluginMethod(name: "delete", returnType: CAPPluginReturnPromise),
        CAPPluginMethod(name: "getNextBundle", returnType: CAPPluginReturnPromise),
        CAPPluginMethod(name: "getFailedUpdate", returnType: CAPPluginReturnPromise),
        CAPPluginMethod(name: "setMultiDelay", returnType: CAPPluginReturnPromise),
        CAPPluginMethod(name: "cancelDelay", returnType: CAPPluginReturnPromise),
        CAPPluginMethod(name: "getDelayConditions", returnType: CAPPluginReturnPromise),
        CAPPluginMethod(name: "cancelDownload", returnType: CAPPluginReturnPromise),
        CAPPluginMethod(name: "setRequestToken", returnType: CAPPluginReturnPromise),
        CAPPluginMethod(name: "setRequestKey", returnType: CAPPluginReturnPromise),
        CAPPluginMethod(name: "getFailures", returnType: CAPPluginReturnPromise),
        CAPPluginMethod(name: "setChannel", returnType: CAPPluginReturnPromise),
        CAPPluginMethod(name: "unsetChannel", returnType: CAPPluginReturnPromise),
        CAPPluginMethod(name: "getChannel", returnType: CAPPluginReturnPromise),
        CAPPluginMethod(name: "listChannels", returnType: CAPPluginReturnPromise),
        CAPPluginMethod(name: "getDeviceId", returnType: CAPPluginReturnPromise),
        CAPPluginMethod(name: "setCustomId", returnType: CAPPluginReturnPromise),
        CAPPluginMethod(name: "triggerUpdateCheck", returnType: CAPPluginReturnPromise),
    ]

    /// Where things are. Tests put an app of their own there.
    var place: (CAPBridgeProtocol) -> AppPlace = { AppPlace(bridge: $0) }

    private var updater: Updater?
    private var page: BridgePage?
    private var watch: NavigationWatch?
    private var life: AppLife?

    /// Capacitor calls this on the main thread while it builds the web view, before anything is loaded: what is
    /// decided here is what the first page is loaded from.
    override public func load() {
        guard let bridge else { return }
        let place = place(bridge)
        let page = BridgePage(bridge: bridge, embedded: place.embedded)
        page.pageEnds = { [weak self] in self?.forgetListeners() }
        let updater = Updater(setup: place.setup, parts: place.parts(page: page)) { [weak self] event, data, retained in
            self?.tell(event, data, retained)
        }
        self.page = page
        self.updater = updater
        guard bridge.config.serverURL == bridge.config.localURL else {
            // A development server's page: calls are answered, and nothing is launched, watched or switched.
            return AppPlace.log("`server.url` is set: updates are not applied")
        }
        updater.start()
        watch = NavigationWatch(webView: bridge.webView, appURL: bridge.config.localURL, updater: updater)
        life = AppLife(updater: updater)
    }

    @objc func notifyAppReady(_ call: CAPPluginCall) { perform(.notifyAppReady, call) }
    @objc func current(_ call: CAPPluginCall) { perform(.current, call) }
    @objc func getLatest(_ call: CAPPluginCall) { perform(.getLatest, call) }
    @objc func sync(_ call: CAPPluginCall) { perform(.sync, call) }
    @objc func download(_ call: CAPPluginCall) { perform(.download, call) }
    @objc func next(_ call: CAPPluginCall) { perform(.next, call) }
    @objc func set(_ call: CAPPluginCall) { perform(.set, call) }
    @objc func reload(_ call: CAPPluginCall) { perform(.reload, call) }
    @objc func reset(_ call: CAPPluginCall) { perform(.reset, call) }
    @objc func list(_ call: CAPPluginCall) { perform(.list, call) }
    @objc func delete(_ call: CAPPluginCall) { perform(.delete, call) }
    @objc func getNextBundle(_ call: CAPPluginCall) { perform(.getNextBundle, call) }
    @objc func getFailedUpdate(_ call: CAPPluginCall) { perform(.getFailedUpdate, call) }
    @objc func setMultiDelay(_ call: CAPPluginCall) { perform(.setMultiDelay, call) }
    @objc func cancelDelay(_ call: CAPPluginCall) { perform(.cancelDelay, call) }
    @objc func getDelayConditions(_ call: CAPPluginCall) { perform(.getDelayConditions, call) }
    @objc func cancelDownload(_ call: CAPPluginCall) { perform(.cancelDownload, call) }
    @objc func setRequestToken(_ call: CAPPluginCall) { perform(.setRequestToken, call) }
    @objc func setRequestKey(_ call: CAPPluginCall) { perform(.setRequestKey, call) }
    @objc func getFailures(_ call: CAPPluginCall) { perform(.getFailures, call) }
    @objc func setChannel(_ call: CAPPluginCall) { perform(.setChannel, call) }
    @objc func unsetChannel(_ call: CAPPluginCall) { perform(.unsetChannel, call) }
    @objc func getChannel(_ call: CAPPluginCall) { perform(.getChannel, call) }
    @objc func listChannels(_ call: CAPPluginCall) { perform(.listChannels, call) }
    @objc func getDeviceId(_ call: CAPPluginCall) { perform(.getDeviceId, call) }
    @objc func setCustomId(_ call: CAPPluginCall) { perform(.setCustomId, call) }
    @objc func triggerUpdateCheck(_ call: CAPPluginCall) { perform(.triggerUpdateCheck, call) }

    private func perform(_ method: AirlockMethod, _ call: CAPPluginCall) {
        guard let updater else { return call.unavailable("the plugin Airlock was not loaded by Capacitor") }
        updater.call(method, options: call.jsObjectRepresentation) { answer in
            switch answer {
            // Without data JavaScript gets `undefined`.
            case .success(nil): call.resolve()
            case .success(let data?): call.resolve(data)
            case .failure(let rejection): call.reject(rejection.message, rejection.code)
            }
        }
    }
}

// MARK: - Events

extension AirlockPlugin {
    /// Capacitor keeps listeners in plain dictionaries and changes them on the queue it calls plugins on.
    private var listenerQueue: DispatchQueue {
        (bridge as? CapacitorBridge)?.dispatchQueue ?? .main
    }

    private func tell(_ event: String, _ data: [String: Any], _ retained: Bool) {
        listenerQueue.async { [weak self] in
            self?.notifyListeners(event, data: data, retainUntilConsumed: retained)
        }
    }

    /// The outgoing page must not hear what is meant for the one that comes: Capacitor forgets its listeners too, but
    /// only once the new page has begun to load.
    private func forgetListeners() {
        listenerQueue.async { [weak self] in
            self?.eventListeners?.removeAllObjects()
        }
    }
}
