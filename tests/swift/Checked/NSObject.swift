// Type-checked together with the plugin, never compiled: what `NSObject` has on iOS and not on Linux.
import Foundation
import ObjectiveC

extension NSObject {
    @objc open func responds(to selector: Selector!) -> Bool { false }
    @objc open func forwardingTarget(for selector: Selector!) -> Any? { nil }
}
