import Foundation

/// The web view, as the updater needs it. Called on the main thread.
public protocol Page: AnyObject {
    /// From here on the web view serves the files of `launch`, and the pages that start get its token. No page starts
    /// by this. `false` when the files cannot be served: then it serves the embedded bundle and no page has a token.
    func prepare(_ launch: Launch) -> Bool

    /// Loads the app's start page in place of the running one.
    func load()
}

/// Calls the updater back after a while.
public protocol Alarm: AnyObject {
    /// Calls `work` on `queue` after `milliseconds`. Whatever was set before is called off.
    func set(milliseconds: UInt64, on queue: DispatchQueue, _ work: @escaping () -> Void)

    /// Calls nothing back any more.
    func cancel()
}

/// Keeps the process running while the app is in the background, as long as the system agrees.
public protocol Wakefulness: AnyObject {
    /// Answers what is to be called when the work is done.
    func begin(_ name: String) -> () -> Void
}

/// An alarm on the system's own timers. They stand still while the device sleeps; what they find then is settled by
/// the engine's clock.
public final class SystemAlarm: Alarm {
    private let lock = NSLock()
    private var timer: DispatchSourceTimer?

    public init() {}

    deinit { timer?.cancel() }

    public func set(milliseconds: UInt64, on queue: DispatchQueue, _ work: @escaping () -> Void) {
        let next = DispatchSource.makeTimerSource(queue: queue)
        next.schedule(deadline: .now() + .milliseconds(Int(clamping: milliseconds)))
        next.setEventHandler(handler: work)
        replace(with: next)
        next.resume()
    }

    public func cancel() {
        replace(with: nil)
    }

    private func replace(with next: DispatchSourceTimer?) {
        lock.lock()
        let last = timer
        timer = next
        lock.unlock()
        last?.cancel()
    }
}
