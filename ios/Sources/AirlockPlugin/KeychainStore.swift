import Foundation
import Security
#if SWIFT_PACKAGE
import AirlockCore
#endif

/// Small values in the app's own keychain. Every call asks the keychain; nothing is kept in memory.
///
/// Readable after the first unlock, because updates are fetched while the device is locked in a pocket, and on this
/// device only: what names a device in a rollout must not come to a second one with a backup. Values outlive the app's
/// removal, as everything in a keychain does. Before the first unlock each call throws `storage_failure`.
final class KeychainStore: SecureStore {
    /// The app's name is in it: apps of one maker may share a keychain.
    private let service: String

    init(app: String) {
        service = "dev.airlock.\(app)"
    }

    func read(key: String) throws -> Data? {
        var query = item(key)
        query[kSecReturnData as String] = true
        query[kSecMatchLimit as String] = kSecMatchLimitOne
        let (status, found): (OSStatus, CFTypeRef?) = answered {
            SecItemCopyMatching(query as CFDictionary, Optional($0))
        }
        if status == errSecItemNotFound { return nil }
        guard status == errSecSuccess, let value = found as? Data else { throw KeychainFault.ofStore(status) }
        return value
    }

    func write(key: String, value: Data) throws {
        var status = update(key, value)
        if status == errSecItemNotFound {
            let added = item(key).merging(content(value)) { $1 }
            status = SecItemAdd(added as CFDictionary, nil)
            // Somebody else's write came in between.
            if status == errSecDuplicateItem { status = update(key, value) }
        }
        guard status == errSecSuccess else { throw KeychainFault.ofStore(status) }
    }

    func remove(key: String) throws {
        let status = SecItemDelete(item(key) as CFDictionary)
        guard status == errSecSuccess || status == errSecItemNotFound else { throw KeychainFault.ofStore(status) }
    }

    private func update(_ key: String, _ value: Data) -> OSStatus {
        SecItemUpdate(item(key) as CFDictionary, content(value) as CFDictionary)
    }

    private func item(_ key: String) -> [String: Any] {
        [
            kSecClass as String: kSecClassGenericPassword,
            kSecAttrService as String: service,
            kSecAttrAccount as String: key,
        ]
    }

    private func content(_ value: Data) -> [String: Any] {
        [
            kSecValueData as String: value,
            kSecAttrAccessible as String: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly,
        ]
    }
}

/// A call of Security.framework that writes its answer to where a pointer says: its status, and what it wrote.
func answered<Answer>(_ call: (UnsafeMutablePointer<Answer?>) -> OSStatus) -> (OSStatus, Answer?) {
    var answer: Answer?
    // Not `&answer`: the type-check on Linux (xtask/src/test/swift/typecheck.rs) does not know that conversion.
    let status = withUnsafeMutablePointer(to: &answer, call)
    return (status, answer)
}
