import Capacitor
import Foundation
import UIKit
#if SWIFT_PACKAGE
import AirlockCore
#endif

/// Where things are in this app: the embedded bundle, the store, the configuration.
struct AppPlace {
    /// The folder that `npx cap copy` fills. Never `config.appLocation`, which another updater may have moved.
    let embedded: URL
    let setup: Setup
    private let store: StoreFolder
    private let app: String
    private let identity: ConfiguredIdentity

    /// `main` is the app's own bundle, `library` its Library folder.
    init(bridge: CAPBridgeProtocol, main: Bundle = .main, library: URL = AppPlace.library) {
        embedded = (main.resourceURL ?? main.bundleURL).appendingPathComponent("public", isDirectory: true)
        store = StoreFolder(library: library)
        app = main.bundleIdentifier ?? ""
        identity = ConfiguredIdentity(plugins: bridge.config.pluginConfigurations)
        do {
            try store.prepare()
        } catch {
            // The engine meets the same fault, says so with each call, and the embedded bundle runs.
            AppPlace.log("could not prepare the folder for updates: \(error.localizedDescription)")
        }
        setup = Setup(
            stateDir: store.url.path,
            embedded: .directory(path: embedded.path),
            configJson: Self.configuration(bridge, main),
            platform: .ios,
            nativeVersion: main.infoDictionary?["CFBundleShortVersionString"] as? String,
            appId: main.bundleIdentifier
        )
    }

    func parts(page: Page) -> Updater.Parts {
        Updater.Parts(
            page: page, alarm: SystemAlarm(), wakefulness: BackgroundTime(), access: { [store] in store.access() },
            secureStore: KeychainStore(app: app), clientIdentity: KeychainIdentity(identity),
            conditions: DeviceConditions(), log: AppPlace.log
        )
    }

    static var library: URL {
        let folders = FileManager.default.urls(for: .libraryDirectory, in: .userDomainMask)
        return folders.first ?? URL(fileURLWithPath: NSHomeDirectory()).appendingPathComponent("Library")
    }

    static func log(_ text: String) {
        CAPLog.print("⚡️  Airlock:", text)
    }

    /// capacitor.config.json as the app ships it, with the plugins' part as the running bridge has it: an app may
    /// change that in code (`instanceDescriptor()`).
    private static func configuration(_ bridge: CAPBridgeProtocol, _ main: Bundle) -> String {
        var config: [String: Any] = [:]
        if let file = main.url(forResource: "capacitor.config", withExtension: "json"),
           let data = try? Data(contentsOf: file),
           let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] {
            config = object
        }
        config["plugins"] = bridge.config.pluginConfigurations
        guard JSONSerialization.isValidJSONObject(config),
              let data = try? JSONSerialization.data(withJSONObject: config),
              let text = String(data: data, encoding: .utf8)
        else { return "" }
        return text
    }
}

/// Time that iOS grants after the app has left the screen.
final class BackgroundTime: Wakefulness {
    func begin(_ name: String) -> () -> Void {
        let grant = Grant()
        DispatchQueue.main.async {
            grant.open(UIApplication.shared.beginBackgroundTask(withName: name) { grant.close() })
        }
        return { DispatchQueue.main.async { grant.close() } }
    }

    /// One grant of time, given back once. Main thread only.
    private final class Grant {
        private var id = UIBackgroundTaskIdentifier.invalid

        func open(_ id: UIBackgroundTaskIdentifier) {
            self.id = id
        }

        func close() {
            guard id != .invalid else { return }
            UIApplication.shared.endBackgroundTask(id)
            id = .invalid
        }
    }
}
