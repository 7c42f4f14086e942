// Certificates, keys and trust, as the plugin meets them.
import Foundation

public final class SecCertificate: NSObject {
    public let data: Data
    /// Who signed it, as far as the device knows.
    public let issuer: SecCertificate?
    public init(data: Data, issuer: SecCertificate? = nil) {
        self.data = data
        self.issuer = issuer
    }
}

public final class SecKey: NSObject {
    public let type: CFString
    public let bits: Int
    /// The signature over a whole message; `nil` fails as a locked keychain does.
    public let sign: (SecKeyAlgorithm, Data) -> Data?
    public init(type: CFString, bits: Int, sign: @escaping (SecKeyAlgorithm, Data) -> Data?) {
        self.type = type
        self.bits = bits
        self.sign = sign
    }
}

public final class SecIdentity: NSObject {
    public let certificate: SecCertificate
    public let key: SecKey
    public init(certificate: SecCertificate, key: SecKey) {
        self.certificate = certificate
        self.key = key
    }
}

public final class SecPolicy: NSObject {}

public final class SecTrust: NSObject {
    fileprivate let leaf: SecCertificate
    fileprivate var mayFetch = true
    fileprivate var evaluated = false
    fileprivate init(_ leaf: SecCertificate) { self.leaf = leaf }
}

public struct SecKeyAlgorithm: Hashable, Sendable {
    public let name: String
    public static let ecdsaSignatureMessageX962SHA256 = SecKeyAlgorithm(name: "ecdsa 256")
    public static let ecdsaSignatureMessageX962SHA384 = SecKeyAlgorithm(name: "ecdsa 384")
    public static let ecdsaSignatureMessageX962SHA512 = SecKeyAlgorithm(name: "ecdsa 512")
    public static let rsaSignatureMessagePSSSHA256 = SecKeyAlgorithm(name: "pss 256")
    public static let rsaSignatureMessagePSSSHA384 = SecKeyAlgorithm(name: "pss 384")
    public static let rsaSignatureMessagePSSSHA512 = SecKeyAlgorithm(name: "pss 512")
    public static let rsaSignatureMessagePKCS1v15SHA256 = SecKeyAlgorithm(name: "pkcs1 256")
    public static let rsaSignatureMessagePKCS1v15SHA384 = SecKeyAlgorithm(name: "pkcs1 384")
    public static let rsaSignatureMessagePKCS1v15SHA512 = SecKeyAlgorithm(name: "pkcs1 512")
}

public enum SecKeyOperationType { case sign, verify }

public func SecIdentityGetTypeID() -> CFTypeID { 7 }

public func SecIdentityCopyCertificate(
    _ identity: SecIdentity, _ certificate: UnsafeMutablePointer<SecCertificate?>
) -> OSStatus {
    certificate.pointee = identity.certificate
    return errSecSuccess
}

public func SecIdentityCopyPrivateKey(_ identity: SecIdentity, _ key: UnsafeMutablePointer<SecKey?>) -> OSStatus {
    key.pointee = identity.key
    return errSecSuccess
}

public func SecCertificateCopyData(_ certificate: SecCertificate) -> CFData { certificate.data as NSData }

public func SecKeyCopyAttributes(_ key: SecKey) -> CFDictionary? {
    [kSecAttrKeyType as String: key.type, kSecAttrKeySizeInBits as String: NSNumber(value: key.bits)] as NSDictionary
}

/// A key of a curve signs with ECDSA and any hash, one of RSA with the rest.
public func SecKeyIsAlgorithmSupported(
    _ key: SecKey, _ operation: SecKeyOperationType, _ algorithm: SecKeyAlgorithm
) -> Bool {
    operation == .sign && algorithm.name.hasPrefix("ecdsa") == (key.type == kSecAttrKeyTypeECSECPrimeRandom)
}

public func SecKeyCreateSignature(
    _ key: SecKey, _ algorithm: SecKeyAlgorithm, _ message: CFData,
    _ error: UnsafeMutablePointer<Unmanaged<CFError>?>?
) -> CFData? {
    if let signature = key.sign(algorithm, message as Data) { return signature as NSData }
    let failed = NSError(domain: "NSOSStatusErrorDomain", code: Int(errSecInteractionNotAllowed))
    error?.pointee = Unmanaged.passRetained(failed)
    return nil
}

public func SecPolicyCreateBasicX509() -> SecPolicy { SecPolicy() }

public func SecTrustCreateWithCertificates(
    _ certificates: CFTypeRef, _ policies: CFTypeRef?, _ trust: UnsafeMutablePointer<SecTrust?>
) -> OSStatus {
    guard let leaf = certificates as? SecCertificate, policies is SecPolicy else { return errSecParam }
    trust.pointee = SecTrust(leaf)
    return errSecSuccess
}

@discardableResult
public func SecTrustSetNetworkFetchAllowed(_ trust: SecTrust, _ allowed: Bool) -> OSStatus {
    trust.mayFetch = allowed
    return errSecSuccess
}

/// Nothing here is trusted; the chain is built all the same.
public func SecTrustEvaluateWithError(_ trust: SecTrust, _ error: UnsafeMutablePointer<CFError?>?) -> Bool {
    precondition(!trust.mayFetch, "it would go to the network in the middle of a handshake")
    trust.evaluated = true
    return false
}

public func SecTrustCopyCertificateChain(_ trust: SecTrust) -> CFArray? {
    guard trust.evaluated else { return nil }
    let chain = sequence(first: trust.leaf) { $0.issuer }
    return Array(chain) as NSArray
}
