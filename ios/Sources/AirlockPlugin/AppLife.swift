import Foundation
import UIKit
#if SWIFT_PACKAGE
import AirlockCore
#endif

/// Hears when the app comes to the front, leaves it, and when the device is unlocked.
final class AppLife {
    private var observers: [NSObjectProtocol] = []

    init(updater: Updater) {
        // Apps with scenes are told in another order than those without; the updater takes the first that comes.
        observe(UIApplication.willEnterForegroundNotification) { updater.becameActive() }
        observe(UIApplication.didBecomeActiveNotification) { updater.becameActive() }
        observe(UIApplication.didEnterBackgroundNotification) { updater.wentToBackground() }
        observe(UIApplication.protectedDataDidBecomeAvailableNotification) { updater.becameUnlocked() }
    }

    deinit {
        observers.forEach(NotificationCenter.default.removeObserver)
    }

    private func observe(_ name: Notification.Name, _ react: @escaping () -> Void) {
        observers.append(
            NotificationCenter.default.addObserver(forName: name, object: nil, queue: .main) { _ in react() }
        )
    }
}
