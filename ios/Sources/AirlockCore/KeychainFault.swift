import Foundation

/// A call of the keychain that failed, in the engine's words. The numbers are those of Apple's SecBase.h.
public enum KeychainFault {
    /// For the store of small values. Whatever failed may work later, so nothing is concluded from it.
    public static func ofStore(_ status: Int32) -> AirlockError {
        .Failed(code: "storage_failure", reason: words(status))
    }

    /// For the client's identity. It ends the connection, and the next try asks anew.
    public static func ofIdentity(_ reason: String) -> AirlockError {
        .Failed(code: "download_failed", reason: reason)
    }

    /// For people. No value and no name of an item is in it.
    public static func words(_ status: Int32) -> String {
        switch status {
        case -25308: // errSecInteractionNotAllowed
            return "the keychain is locked; it opens when the device is unlocked for the first time after its start"
        case -25300: // errSecItemNotFound
            return "there is no such item in the app's keychain"
        case -25291: // errSecNotAvailable
            return "there is no keychain"
        case -34018: // errSecMissingEntitlement
            return "the app may not use a keychain; is it signed?"
        default:
            return "the keychain failed with \(status)"
        }
    }
}
