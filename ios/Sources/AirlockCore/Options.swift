import Foundation

/// What a page passed with a call. A value of the wrong kind is refused, never taken for one that is not there: a
/// checksum that is no text must not become "no checksum".
struct Options {
    private let values: [String: Any]

    init(_ values: [String: Any]) {
        self.values = values
    }

    /// A text that must be there. Errors: `usage`.
    func required(_ name: String) throws -> String {
        guard let text = try optional(name), !text.isEmpty else {
            throw Rejection.usage("`\(name)` is missing; pass it as a string that is not empty")
        }
        return text
    }

    /// A text that must be there and may be empty. Errors: `usage`.
    func text(_ name: String) throws -> String {
        guard let text = try optional(name) else {
            throw Rejection.usage("`\(name)` is missing; pass it as a string")
        }
        return text
    }

    /// A text, or `nil` where there is none or `null`. Errors: `usage` for anything else.
    func optional(_ name: String) throws -> String? {
        guard let value = present(name) else { return nil }
        guard let text = value as? String else {
            throw Rejection.usage("`\(name)` must be a string")
        }
        return text
    }

    /// `true` or `false`, `false` where there is none. Errors: `usage` for anything else.
    func flag(_ name: String) throws -> Bool {
        guard let value = present(name) else { return false }
        guard let flag = value as? Bool else {
            throw Rejection.usage("`\(name)` must be true or false")
        }
        return flag
    }

    /// The list in `delayConditions`. Errors: `usage`. What the conditions mean is the engine's to judge.
    func delayConditions() throws -> [DelayCondition] {
        guard let list = present("delayConditions") as? [Any] else {
            throw Rejection.usage("`delayConditions` is missing; pass a list of objects with a kind")
        }
        return try list.map { entry in
            guard let fields = entry as? [String: Any] else {
                throw Rejection.usage("each of `delayConditions` must be an object with a kind")
            }
            let condition = Options(fields)
            return DelayCondition(kind: try condition.required("kind"), value: try condition.optional("value"))
        }
    }

    private func present(_ name: String) -> Any? {
        guard let value = values[name], !(value is NSNull) else { return nil }
        return value
    }
}
