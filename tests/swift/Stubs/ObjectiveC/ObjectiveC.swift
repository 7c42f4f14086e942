// For the type-check with Objective-C interop on: what Apple's module of this name gives the plugin.
public struct Selector: ExpressibleByStringLiteral, Hashable, Sendable {
    public let name: String
    public init(_ name: String) { self.name = name }
    public init(stringLiteral name: String) { self.name = name }
}
