import XCTest

@testable import AirlockCore

/// A device without a plugin: a store of its own, and the engine's object for each start of the process.
final class Life {
    static let fixture = URL(fileURLWithPath: ProcessInfo.processInfo.environment["AIRLOCK_FIXTURE"] ?? "/nowhere")
    static let repository = fixture.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    let folder: URL

    init(_ test: XCTestCase) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("airlock-\(UUID().uuidString)")
        let embedded = folder.appendingPathComponent("public")
        try FileManager.default.createDirectory(at: embedded, withIntermediateDirectories: true)
        try Data("<h1>embedded</h1>".utf8).write(to: embedded.appendingPathComponent("index.html"))
        test.addTeardownBlock { try? FileManager.default.removeItem(at: folder) }
        self.folder = folder
    }

    /// The process starts. Without `embedded`: with a bundle that says nothing of itself.
    func process(
        config: String, nativeVersion: String? = "1.4.0", appId: String? = nil, embedded: EmbeddedSource? = nil,
        events: EventSink = Ears()
    ) -> Airlock {
        let own = EmbeddedSource.directory(path: folder.appendingPathComponent("public").path)
        return Airlock(
            setup: Setup(
                stateDir: folder.appendingPathComponent("state").path, embedded: embedded ?? own, configJson: config,
                platform: .ios, nativeVersion: nativeVersion, appId: appId),
            events: events)
    }

    /// The process starts with the app of the fixture: 1.0.0 embedded, 2.0.0 published.
    func ofFixture(events: EventSink = Ears()) throws -> Airlock {
        let config = try String(contentsOf: Life.fixture.appendingPathComponent("capacitor.config.json"), encoding: .utf8)
        let embedded = EmbeddedSource.directory(path: Life.fixture.appendingPathComponent("public").path)
        return process(config: config, embedded: embedded, events: events)
    }

    static func vectors(_ name: String) throws -> Data {
        try Data(contentsOf: repository.appendingPathComponent("tests/vectors/ffi/\(name).json"))
    }
}

/// Remembers what it hears, and throws what it was told to.
final class Ears: EventSink, @unchecked Sendable {
    private let lock = NSLock()
    private var heard: [(event: AirlockEvent, delivery: Delivery, main: Bool)] = []
    private let error: Error?

    init(throwing error: Error? = nil) { self.error = error }

    var all: [(event: AirlockEvent, delivery: Delivery, main: Bool)] {
        lock.lock()
        defer { lock.unlock() }
        return heard
    }

    var names: [String] { all.map(\.event.named.name) }

    func onEvent(event: AirlockEvent, delivery: Delivery) throws {
        lock.lock()
        heard.append((event, delivery, Thread.isMainThread))
        lock.unlock()
        if let error { throw error }
    }
}
