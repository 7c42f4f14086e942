import Foundation

/// The updater of one web view: it tells the engine what happens to the app, and shows what the engine says.
///
/// Threads: `start` belongs to the main thread and is quick; everything else may be called on any thread and returns at
/// once. The engine's short calls take turns on one queue, so that what happens to the app reaches it in order; what
/// uses the network has a queue of its own, so that no page waits for it. The page is touched on the main thread only.
public final class Updater: @unchecked Sendable {
    /// Tells the page's listeners: the event's name, its payload, and whether it waits for the first listener.
    public typealias Notify = (_ event: String, _ data: Payload, _ retained: Bool) -> Void

    /// What the updater works with.
    public struct Parts {
        public let page: Page
        public let alarm: Alarm
        public let wakefulness: Wakefulness
        /// Whether the store can be read right now.
        public let access: () -> StoreFolder.Access
        /// Where small values outlive the app's files.
        public let secureStore: SecureStore?
        /// Who the app is to a server that asks for a certificate; `nil` where none is configured.
        public let clientIdentity: ClientIdentity?
        /// What speaks against fetching now.
        public let conditions: Conditions?
        /// For the developer's log.
        public let log: (String) -> Void

        public init(
            page: Page, alarm: Alarm, wakefulness: Wakefulness, access: @escaping () -> StoreFolder.Access,
            secureStore: SecureStore?, clientIdentity: ClientIdentity?, conditions: Conditions?, log: @escaping (String) -> Void
        ) {
            self.page = page
            self.alarm = alarm
            self.wakefulness = wakefulness
            self.access = access
            self.secureStore = secureStore
            self.clientIdentity = clientIdentity
            self.conditions = conditions
            self.log = log
        }
    }

    /// Where the app is. Only `turns` touches it.
    private enum Phase {
        /// No launch was made: the web view shows a development server's page (`server.url`).
        case idle
        /// Launched, and never seen in front: at its start an app counts as in the background for a moment.
        case starting
        case front
        case back
    }

    private let airlock: Airlock
    private let parts: Parts
    private let turns = DispatchQueue(label: "dev.airlock.turns", qos: .userInitiated)
    private let fetches = DispatchQueue(label: "dev.airlock.fetches", qos: .utility)
    private let nextCheck: Alarm = SystemAlarm()
    private var phase = Phase.idle
    private var token = ""
    private var access = StoreFolder.Access.readable

    public init(setup: Setup, parts: Parts, notify: @escaping Notify) {
        // Without a `serverTrust` Rust asks SecTrust itself (rustls-platform-verifier).
        airlock = Airlock(
            setup: setup, events: Listener(notify), serverTrust: nil, secureStore: parts.secureStore,
            clientIdentity: parts.clientIdentity, conditions: parts.conditions)
        self.parts = parts
        airlock.warnings().forEach(parts.log)
    }

    /// The cold start: decides what the web view shows, before it loads. Main thread, once.
    public func start() {
        turns.sync {
            phase = .starting
            access = parts.access()
        }
        var launch = airlock.launch()
        while !parts.page.prepare(launch) {
            guard let other = giveUp(launch) else { break }
            launch = other
        }
        let shown = launch.token
        turns.async { self.follow(shown) }
    }

    /// A call of the page. `answer` is called once, on some queue; never when the call ends the page that asked.
    public func call(
        _ method: AirlockMethod, options: [String: Any], answer: @escaping (Result<Payload?, Rejection>) -> Void
    ) {
        let queue = method.usesNetwork ? fetches : turns
        queue.async {
            let end = method.usesNetwork ? self.parts.wakefulness.begin("airlock \(method.rawValue)") : {}
            defer { end() }
            do {
                try self.refuseOnDevelopmentServer(method)
                switch try Calls(airlock: self.airlock).perform(method, Options(options)) {
                case .answer(let payload): answer(.success(payload))
                case .answerAndUpdate(let payload):
                    answer(.success(payload))
                    self.updateSoon()
                case .show(let launch): self.show(launch)
                case .update: answer(.success(["status": try self.updateByItself()]))
                }
            } catch {
                answer(.failure(Rejection(error)))
            }
        }
    }

    /// The app came to the front. Called as often as the system says so.
    public func becameActive() {
        turns.async {
            switch self.phase {
            case .idle, .front: return
            case .starting: break
            case .back: self.attempt("come to the front") { try self.airlock.foreground() }
            }
            self.phase = .front
            self.relaunchIfUnlocked()
            self.tick()
            self.attempt("begin an update") { try self.updateByItself() }
        }
    }

    /// The app left the screen. A staged bundle is applied now, where nobody looks.
    public func wentToBackground() {
        let end = parts.wakefulness.begin("airlock background")
        turns.async {
            guard self.phase == .front else { return end() }
            self.phase = .back
            self.parts.alarm.cancel()
            self.nextCheck.cancel()
            let launch = self.attempt("go to the background") { try self.airlock.background() }
            self.show(launch ?? nil, then: end)
        }
    }

    /// The device was unlocked for the first time since its restart: what started without its store starts again.
    public func becameUnlocked() {
        turns.async { self.relaunchIfUnlocked() }
    }

    /// The page is gone or did not load. `unhandled` is called on the main thread when nothing else is shown instead.
    ///
    /// Only in front: in the background iOS ends web content processes because it wants their memory, which says
    /// nothing about the bundle.
    public func pageFailed(reason: String, unhandled: @escaping () -> Void) {
        turns.async {
            let token = self.token
            let launch = self.phase != .front ? nil : self.attempt("report a page that failed") {
                try self.airlock.crash(token: token, reason: reason)
            }
            guard let launch = launch ?? nil else { return DispatchQueue.main.async { unhandled() } }
            self.show(launch)
        }
    }
}

// MARK: - On `turns`

extension Updater {
    /// Shows a launch in place of the running page; `nil` shows nothing new.
    private func show(_ launch: Launch?, then done: @escaping () -> Void = {}) {
        guard let launch else { return done() }
        DispatchQueue.main.async {
            let prepared = self.parts.page.prepare(launch)
            if prepared { self.parts.page.load() }
            self.turns.async {
                if prepared {
                    self.follow(launch.token)
                    done()
                } else if let other = self.giveUp(launch) {
                    self.show(other, then: done)
                } else {
                    // Nothing to fall back to: the embedded bundle, whose page can confirm nothing.
                    DispatchQueue.main.async { self.parts.page.load() }
                    done()
                }
            }
        }
    }

    /// The web view shows the launch with this token.
    private func follow(_ token: String) {
        self.token = token
        airlock.shown(token: token)
        tick()
    }

    /// The files of a launch cannot be served. Ends at the embedded bundle, which the engine never gives up: then `nil`.
    private func giveUp(_ launch: Launch) -> Launch? {
        let other = attempt("give up a bundle that cannot be shown") {
            try airlock.crash(token: launch.token, reason: "its files cannot be served")
        }
        return other ?? nil
    }

    /// Tells the engine that time passed in front; the ready timer may fire.
    private func tick() {
        guard phase == .front else { return }
        let tick = attempt("watch over the bundle on trial") { try airlock.tick() }
        if let launch = tick?.launch { return show(launch) }
        // After a failed write the time is not lost, only told later.
        guard let next = tick == nil ? Self.retryMs : tick?.nextMs else { return parts.alarm.cancel() }
        parts.alarm.set(milliseconds: next, on: turns) { [weak self] in self?.tick() }
    }

    private static let retryMs: UInt64 = 1_000

    /// A page wants what `autoUpdate` asks for now. Nothing happens where no bundle is shown.
    private func updateSoon() {
        turns.async {
            guard self.phase != .idle else { return }
            self.attempt("begin an update") { try self.updateByItself() }
        }
    }

    /// What `autoUpdate` asks for, on the queue for the network, unless it is under way: `queued`, `already_running` or
    /// `unavailable`.
    private func updateByItself() throws -> String {
        let status = try airlock.triggerUpdateCheck()
        guard status == "queued" else { return status }
        fetches.async {
            let end = self.parts.wakefulness.begin("airlock update")
            defer { end() }
            let launch = self.attempt("update by itself") { try self.airlock.autoUpdate() }
            self.turns.async {
                if let launch = launch ?? nil { self.show(launch) }
                self.awaitNextCheck()
            }
        }
        return status
    }

    /// `periodCheckDelay`: the engine says when, and only an app in front asks by time.
    private func awaitNextCheck() {
        let milliseconds = attempt("plan the next check") { try airlock.nextCheckMs() }
        guard phase == .front, let milliseconds = milliseconds ?? nil else { return nextCheck.cancel() }
        nextCheck.set(milliseconds: milliseconds, on: turns) { [weak self] in
            self?.attempt("begin an update") { try self?.updateByItself() }
        }
    }

    private func relaunchIfUnlocked() {
        guard phase != .idle, access == .locked else { return }
        access = parts.access()
        guard access == .readable else { return }
        show(airlock.launch())
    }

    /// A development server's page belongs to no bundle: nothing is switched below it.
    private func refuseOnDevelopmentServer(_ method: AirlockMethod) throws {
        guard method.endsPage, phase == .idle else { return }
        throw Rejection.usage("`server.url` is set, so the web view shows no bundle; remove it to try updates")
    }

    @discardableResult
    private func attempt<T>(_ what: String, _ work: () throws -> T) -> T? {
        do {
            return try work()
        } catch {
            parts.log("could not \(what): \(Rejection(error).message)")
            return nil
        }
    }
}

/// The engine's ears. Called on whichever thread works; what it hears goes on at once.
final class Listener: EventSink, @unchecked Sendable {
    private let notify: Updater.Notify

    init(_ notify: @escaping Updater.Notify) {
        self.notify = notify
    }

    func onEvent(event: AirlockEvent, delivery: Delivery) throws {
        let (name, payload) = event.named
        notify(name, payload, delivery == .retained)
    }
}
