// A stand-in for Network on Linux: what the plugin names, no more. Tests say what the path is.
import Foundation

public struct NWPath: Sendable {
    public let isExpensive: Bool
    public let isConstrained: Bool

    public init(isExpensive: Bool, isConstrained: Bool) {
        self.isExpensive = isExpensive
        self.isConstrained = isConstrained
    }
}

public final class NWPathMonitor: @unchecked Sendable {
    /// What every monitor says; `nil` says nothing.
    nonisolated(unsafe) public static var path: NWPath? = NWPath(isExpensive: false, isConstrained: false)

    public var pathUpdateHandler: (@Sendable (NWPath) -> Void)?

    public init() {}

    public func start(queue: DispatchQueue) {
        guard let path = Self.path, let handler = pathUpdateHandler else { return }
        queue.async { handler(path) }
    }

    public func cancel() { pathUpdateHandler = nil }
}

/// Of Foundation, which has it on Apple's systems only.
extension ProcessInfo {
    /// What the test says.
    nonisolated(unsafe) public static var savesPower = false

    public var isLowPowerModeEnabled: Bool { Self.savesPower }
}
