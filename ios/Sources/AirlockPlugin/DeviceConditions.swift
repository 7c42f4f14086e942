import Foundation
import Network
#if SWIFT_PACKAGE
import AirlockCore
#endif

/// What iOS says of the connection and of the battery, for `wifiOnly`.
final class DeviceConditions: Conditions, @unchecked Sendable {
    private let queue = DispatchQueue(label: "dev.airlock.path")

    /// A mobile network or a hotspot, or the user asked to spare data. Waits for the system's first word, which comes at once;
    /// without one nothing is known.
    func isMetered() throws -> Bool {
        let monitor = NWPathMonitor()
        defer { monitor.cancel() }
        let word = Word()
        monitor.pathUpdateHandler = { path in word.say(path.isExpensive || path.isConstrained) }
        monitor.start(queue: queue)
        return word.wait() ?? false
    }

    /// The user saves power, which iOS proposes when the battery is low.
    func isLowOnPower() throws -> Bool {
        ProcessInfo.processInfo.isLowPowerModeEnabled
    }

    /// What the system says first, and the wait for it.
    private final class Word: @unchecked Sendable {
        private let said = DispatchSemaphore(value: 0)
        private let lock = NSLock()
        private var answer: Bool?

        func say(_ isMetered: Bool) {
            lock.lock()
            answer = answer ?? isMetered
            lock.unlock()
            said.signal()
        }

        /// `nil` when the system says nothing for two seconds.
        func wait() -> Bool? {
            _ = said.wait(timeout: .now() + .seconds(2))
            lock.lock()
            defer { lock.unlock() }
            return answer
        }
    }
}
