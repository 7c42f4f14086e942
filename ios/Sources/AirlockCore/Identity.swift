import Foundation

/// What `clientIdentity` in the plugin's configuration asks for.
public enum ConfiguredIdentity: Equatable {
    /// Nothing: the app shows no certificate.
    case none
    /// The identity with this label in the app's keychain.
    case label(String)
    /// It is there and names no identity. Never taken for `none`: whoever wrote it wants to be asked for.
    case unreadable

    /// `plugins` as Capacitor holds it: `{ "Airlock": { "clientIdentity": { "alias": "…" } } }`. As in the engine,
    /// `CapacitorUpdater` is read where there is no `Airlock`.
    public init(plugins: [AnyHashable: Any]) {
        let section = plugins["Airlock"] ?? plugins["CapacitorUpdater"]
        guard let fields = section as? [AnyHashable: Any], let value = fields["clientIdentity"], !(value is NSNull) else {
            self = .none
            return
        }
        let alias = (value as? [AnyHashable: Any])?["alias"] as? String ?? ""
        self = alias.isEmpty ? .unreadable : .label(alias)
    }
}

/// What a private key is, as far as it decides how it can sign.
public enum KeyKind: Equatable {
    /// On the curve of NIST of that size.
    case ellipticCurve(bits: Int)
    case rsa(bits: Int)
    case other

    /// How a key of this kind signs in TLS, best first (RFC 8446 section 4.2.3; PKCS#1 v1.5 for servers that speak
    /// TLS 1.2 only). A curve has one hash there. RSA below 2048 bits is refused here as everywhere in Airlock
    /// (NIST SP 800-131A).
    public var schemes: [SignatureScheme] {
        switch self {
        case .ellipticCurve(bits: 256): return [.ecdsaP256Sha256]
        case .ellipticCurve(bits: 384): return [.ecdsaP384Sha384]
        case .ellipticCurve(bits: 521): return [.ecdsaP521Sha512]
        case .rsa(let bits) where bits >= 2048:
            return [
                .rsaPssSha256, .rsaPssSha384, .rsaPssSha512, .rsaPkcs1Sha256, .rsaPkcs1Sha384, .rsaPkcs1Sha512,
            ]
        case .ellipticCurve, .rsa, .other: return []
        }
    }
}
