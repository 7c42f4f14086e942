// A stand-in for UIKit on Linux: what the plugin and Capacitor's own sources name, no more.
@_exported import Foundation

open class UIView: NSObject {}

open class UIViewController: NSObject {
    open func present(_ controller: UIViewController, animated: Bool, completion: (() -> Void)? = nil) { completion?() }
    open func dismiss(animated: Bool, completion: (() -> Void)? = nil) { completion?() }
}

public enum UIUserInterfaceStyle: Int { case unspecified, light, dark }
public enum UIStatusBarStyle: Int { case `default`, lightContent, darkContent = 3 }
public enum UIStatusBarAnimation: Int { case none, fade, slide }

public struct UIBackgroundTaskIdentifier: RawRepresentable, Hashable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }
    public static let invalid = UIBackgroundTaskIdentifier(rawValue: 0)
}

open class UIApplication: NSObject {
    public static let shared = UIApplication()

    public static let didBecomeActiveNotification = Notification.Name("UIApplicationDidBecomeActiveNotification")
    public static let willEnterForegroundNotification = Notification.Name("UIApplicationWillEnterForegroundNotification")
    public static let didEnterBackgroundNotification = Notification.Name("UIApplicationDidEnterBackgroundNotification")
    public static let protectedDataDidBecomeAvailableNotification =
        Notification.Name("UIApplicationProtectedDataDidBecomeAvailable")

    /// The grants of time that nobody has given back.
    public private(set) var backgroundTasks: Set<Int> = []
    private var last = 0

    public func beginBackgroundTask(withName name: String?, expirationHandler: (() -> Void)? = nil)
        -> UIBackgroundTaskIdentifier {
        dispatchPrecondition(condition: .onQueue(.main))
        last += 1
        backgroundTasks.insert(last)
        return UIBackgroundTaskIdentifier(rawValue: last)
    }

    public func endBackgroundTask(_ identifier: UIBackgroundTaskIdentifier) {
        dispatchPrecondition(condition: .onQueue(.main))
        precondition(backgroundTasks.remove(identifier.rawValue) != nil, "given back twice")
    }
}
