// A stand-in for Security.framework on Linux: a keychain in memory, as the calls of Apple's documentation read and
// fill it, and keys that sign the way a test says. What the plugin names, no more.
import Foundation

// Toll-free bridging: these are the very classes of Foundation on Apple's systems too, seen from Swift.
public typealias CFTypeRef = AnyObject
public typealias CFString = NSString
public typealias CFData = NSData
public typealias CFDictionary = NSDictionary
public typealias CFArray = NSArray
public typealias CFError = NSError
public typealias CFTypeID = Int
public typealias OSStatus = Int32

public func CFGetTypeID(_ object: CFTypeRef) -> CFTypeID { object is SecIdentity ? SecIdentityGetTypeID() : 0 }
public func CFErrorGetCode(_ error: CFError) -> Int { error.code }

public let errSecSuccess: OSStatus = 0
public let errSecParam: OSStatus = -50
public let errSecDuplicateItem: OSStatus = -25299
public let errSecItemNotFound: OSStatus = -25300
public let errSecInteractionNotAllowed: OSStatus = -25308

public let kSecClass: CFString = "class"
public let kSecClassGenericPassword: CFString = "genp"
public let kSecClassIdentity: CFString = "idnt"
public let kSecAttrService: CFString = "svce"
public let kSecAttrAccount: CFString = "acct"
public let kSecAttrLabel: CFString = "labl"
public let kSecAttrAccessible: CFString = "pdmn"
public let kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly: CFString = "cku"
public let kSecAttrKeyType: CFString = "type"
public let kSecAttrKeyTypeRSA: CFString = "42"
public let kSecAttrKeyTypeECSECPrimeRandom: CFString = "73"
public let kSecAttrKeySizeInBits: CFString = "bsiz"
public let kSecValueData: CFString = "v_Data"
public let kSecReturnData: CFString = "r_Data"
public let kSecReturnRef: CFString = "r_Ref"
public let kSecMatchLimit: CFString = "m_Limit"
public let kSecMatchLimitOne: CFString = "m_LimitOne"

/// What is in the keychain, and whether it is open.
public final class StandInKeychain: @unchecked Sendable {
    public static let shared = StandInKeychain()
    private let lock = NSLock()
    private var passwords: [String: [String: Any]] = [:]
    private var identities: [String: SecIdentity] = [:]
    private var locked = false
    private var onAdd: () -> Void = {}

    /// As before the first unlock: everything is there, and nothing can be had.
    public func setLocked(_ locked: Bool) { guarded { self.locked = locked } }
    public func put(_ identity: SecIdentity?, label: String) { guarded { identities[label] = identity } }
    /// Called once, right before the next item is added.
    public func beforeNextAdd(_ work: @escaping () -> Void) { guarded { onAdd = work } }
    /// The attributes of what lies there, its value included.
    public func attributes(service: String, account: String) -> [String: Any]? {
        guarded { passwords["\(service)/\(account)"] }
    }

    fileprivate func find(_ query: [String: Any]) -> (OSStatus, CFTypeRef?) {
        guarded {
            if locked { return (errSecInteractionNotAllowed, nil) }
            if let label = query["labl"] as? String, asks(query, for: kSecClassIdentity), query["r_Ref"] as? Bool == true {
                return identities[label].map { (errSecSuccess, $0) } ?? (errSecItemNotFound, nil)
            }
            guard let name = name(query), query["r_Data"] as? Bool == true else { return (errSecParam, nil) }
            guard let value = passwords[name]?["v_Data"] as? Data else { return (errSecItemNotFound, nil) }
            return (errSecSuccess, value as NSData)
        }
    }

    fileprivate func add(_ item: [String: Any]) -> OSStatus {
        let first = guarded {
            let work = onAdd
            onAdd = {}
            return work
        }
        first()
        return guarded {
            if locked { return errSecInteractionNotAllowed }
            guard let name = name(item) else { return errSecParam }
            guard passwords[name] == nil else { return errSecDuplicateItem }
            passwords[name] = item
            return errSecSuccess
        }
    }

    fileprivate func update(_ query: [String: Any], _ changes: [String: Any]) -> OSStatus {
        guarded {
            if locked { return errSecInteractionNotAllowed }
            guard let name = name(query), changes["class"] == nil else { return errSecParam }
            guard let item = passwords[name] else { return errSecItemNotFound }
            passwords[name] = item.merging(changes) { $1 }
            return errSecSuccess
        }
    }

    fileprivate func delete(_ query: [String: Any]) -> OSStatus {
        guarded {
            if locked { return errSecInteractionNotAllowed }
            guard let name = name(query) else { return errSecParam }
            return passwords.removeValue(forKey: name) == nil ? errSecItemNotFound : errSecSuccess
        }
    }

    private func name(_ query: [String: Any]) -> String? {
        guard asks(query, for: kSecClassGenericPassword) else { return nil }
        guard let service = query["svce"] as? String, let account = query["acct"] as? String else { return nil }
        return "\(service)/\(account)"
    }

    private func asks(_ query: [String: Any], for kind: CFString) -> Bool {
        (query["class"] as? NSString) == kind
    }

    private func guarded<T>(_ work: () -> T) -> T {
        lock.lock()
        defer { lock.unlock() }
        return work()
    }
}

private func fields(_ dictionary: CFDictionary) -> [String: Any] { dictionary as? [String: Any] ?? [:] }

public func SecItemCopyMatching(_ query: CFDictionary, _ result: UnsafeMutablePointer<CFTypeRef?>?) -> OSStatus {
    let (status, found) = StandInKeychain.shared.find(fields(query))
    result?.pointee = found
    return status
}

public func SecItemAdd(_ attributes: CFDictionary, _ result: UnsafeMutablePointer<CFTypeRef?>?) -> OSStatus {
    StandInKeychain.shared.add(fields(attributes))
}

public func SecItemUpdate(_ query: CFDictionary, _ changes: CFDictionary) -> OSStatus {
    StandInKeychain.shared.update(fields(query), fields(changes))
}

public func SecItemDelete(_ query: CFDictionary) -> OSStatus { StandInKeychain.shared.delete(fields(query)) }
