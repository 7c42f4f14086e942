import Foundation
import Security
#if SWIFT_PACKAGE
import AirlockCore
#endif

/// Who the app is to a server that asks for a certificate: an identity that the app, or whoever manages the device, has
/// put into the app's keychain under a label. The key stays there; the keychain signs.
///
/// Asked in the middle of a handshake, on the network's threads, several at a time. Whatever is missing ends that
/// connection with a reason: an identity that is configured is never left away in silence.
final class KeychainIdentity: ClientIdentity {
    private let label: String

    /// `nil` where none is configured.
    init?(_ configured: ConfiguredIdentity) {
        switch configured {
        case .none: return nil
        case .label(let label): self.label = label
        case .unreadable: label = ""
        }
    }

    func certificates() throws -> [Data] {
        let identity = try identity()
        let (status, leaf) = answered { SecIdentityCopyCertificate(identity, $0) }
        guard status == errSecSuccess, let leaf else { throw fault(KeychainFault.words(status)) }
        return Self.chain(leaf).map { SecCertificateCopyData($0) as Data }
    }

    func schemes() throws -> [SignatureScheme] {
        let key = try privateKey()
        let schemes = Self.kind(key).schemes.filter { scheme in
            scheme.algorithm.map { SecKeyIsAlgorithmSupported(key, .sign, $0) } ?? false
        }
        guard !schemes.isEmpty else {
            throw fault("its key signs in no way that TLS knows; ECDSA on P-256, P-384 or P-521, or RSA of 2048 bits do")
        }
        return schemes
    }

    func sign(scheme: SignatureScheme, message: Data) throws -> Data {
        guard let algorithm = scheme.algorithm else { throw fault("the keychain does not sign with \(scheme)") }
        let key = try privateKey()
        var error: Unmanaged<CFError>?
        let signature = withUnsafeMutablePointer(to: &error) {
            SecKeyCreateSignature(key, algorithm, message as CFData, $0)
        }
        if let signature { return signature as Data }
        let status = error.map { CFErrorGetCode($0.takeRetainedValue()) } ?? 0
        throw fault("its key did not sign: \(KeychainFault.words(Int32(truncatingIfNeeded: status)))")
    }

    private func identity() throws -> SecIdentity {
        guard !label.isEmpty else {
            throw KeychainFault.ofIdentity("`clientIdentity` names no identity; write {\"alias\": \"<its label>\"}")
        }
        let query: [String: Any] = [
            kSecClass as String: kSecClassIdentity,
            kSecAttrLabel as String: label,
            kSecReturnRef as String: true,
            kSecMatchLimit as String: kSecMatchLimitOne,
        ]
        let (status, found): (OSStatus, CFTypeRef?) = answered {
            SecItemCopyMatching(query as CFDictionary, Optional($0))
        }
        guard status == errSecSuccess, let found, CFGetTypeID(found) == SecIdentityGetTypeID() else {
            throw fault(KeychainFault.words(status))
        }
        // A cast to a type of Core Foundation checks nothing; the line above did.
        return found as! SecIdentity
    }

    private func privateKey() throws -> SecKey {
        let identity = try identity()
        let (status, key) = answered { SecIdentityCopyPrivateKey(identity, $0) }
        guard status == errSecSuccess, let key else { throw fault(KeychainFault.words(status)) }
        return key
    }

    private func fault(_ reason: String) -> AirlockError {
        KeychainFault.ofIdentity("the identity `\(label)` of `clientIdentity`: \(reason)")
    }

    /// The certificate with its issuers, as far as this device has them. Whether it trusts them is the server's affair.
    private static func chain(_ leaf: SecCertificate) -> [SecCertificate] {
        let (status, trust) = answered { SecTrustCreateWithCertificates(leaf, SecPolicyCreateBasicX509(), $0) }
        guard status == errSecSuccess, let trust else { return [leaf] }
        // What is not here is not looked for in the middle of a handshake.
        SecTrustSetNetworkFetchAllowed(trust, false)
        _ = SecTrustEvaluateWithError(trust, nil)
        let found = SecTrustCopyCertificateChain(trust) as? [SecCertificate] ?? []
        return found.isEmpty ? [leaf] : found
    }

    private static func kind(_ key: SecKey) -> KeyKind {
        let attributes = SecKeyCopyAttributes(key) as? [String: Any] ?? [:]
        let bits = (attributes[kSecAttrKeySizeInBits as String] as? NSNumber)?.intValue ?? 0
        let type = attributes[kSecAttrKeyType as String]
        let name = (type as? NSNumber)?.stringValue ?? type as? String
        if name == kSecAttrKeyTypeECSECPrimeRandom as String { return .ellipticCurve(bits: bits) }
        return name == kSecAttrKeyTypeRSA as String ? .rsa(bits: bits) : .other
    }
}

extension SignatureScheme {
    /// As Security.framework names it: the whole message in, for ECDSA a DER signature out, for RSA-PSS a salt as long
    /// as the hash, which is what TLS asks for. `nil`: a keychain holds no Ed25519 keys.
    fileprivate var algorithm: SecKeyAlgorithm? {
        switch self {
        case .ecdsaP256Sha256: return .ecdsaSignatureMessageX962SHA256
        case .ecdsaP384Sha384: return .ecdsaSignatureMessageX962SHA384
        case .ecdsaP521Sha512: return .ecdsaSignatureMessageX962SHA512
        case .ed25519: return nil
        case .rsaPssSha256: return .rsaSignatureMessagePSSSHA256
        case .rsaPssSha384: return .rsaSignatureMessagePSSSHA384
        case .rsaPssSha512: return .rsaSignatureMessagePSSSHA512
        case .rsaPkcs1Sha256: return .rsaSignatureMessagePKCS1v15SHA256
        case .rsaPkcs1Sha384: return .rsaSignatureMessagePKCS1v15SHA384
        case .rsaPkcs1Sha512: return .rsaSignatureMessagePKCS1v15SHA512
        }
    }
}
