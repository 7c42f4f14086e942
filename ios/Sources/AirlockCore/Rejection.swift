import Foundation

/// Why a call was rejected: what `call.reject(message, code)` hands to JavaScript.
public struct Rejection: Error, Equatable {
    /// One of the stable codes of src-ts/errors.ts.
    public let code: String
    /// What went wrong and what to do, for people.
    public let message: String

    /// Whatever a call of the engine threw. The engine throws one error; anything else is a fault of the binding, and
    /// its text may hold anything, so it goes nowhere.
    init(_ error: Error) {
        switch error {
        case let rejection as Rejection:
            self = rejection
        case AirlockError.Failed(let code, let reason):
            self.init(code: code, message: reason)
        default:
            self.init(code: "internal", message: "internal error: the engine could not be called; please report this")
        }
    }

    /// The call itself is wrong.
    static func usage(_ message: String) -> Rejection {
        Rejection(code: "usage", message: message)
    }

    private init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}
