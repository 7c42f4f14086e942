package dev.airlock.capacitor.core

import dev.airlock.ffi.SignatureScheme
import java.security.GeneralSecurityException
import java.security.NoSuchAlgorithmException
import java.security.PrivateKey
import java.security.ProviderException
import java.security.Signature
import java.security.spec.MGF1ParameterSpec
import java.security.spec.PSSParameterSpec

/** The signatures of TLS (RFC 8446 section 4.2.3) as the platform makes them. */
internal object TlsSignature {
    fun sign(scheme: SignatureScheme, key: PrivateKey, message: ByteArray): ByteArray =
        start(scheme, key).apply { update(message) }.sign()

    /** Whether the key's platform agrees to begin. */
    fun isAbleTo(scheme: SignatureScheme, key: PrivateKey): Boolean = try {
        start(scheme, key)
        true
    } catch (_: GeneralSecurityException) {
        false
    } catch (_: ProviderException) {
        false
    }

    private fun start(scheme: SignatureScheme, key: PrivateKey): Signature = when (scheme) {
        SignatureScheme.ECDSA_P256_SHA256 -> Signature.getInstance("SHA256withECDSA")
        SignatureScheme.ECDSA_P384_SHA384 -> Signature.getInstance("SHA384withECDSA")
        SignatureScheme.ECDSA_P521_SHA512 -> Signature.getInstance("SHA512withECDSA")
        SignatureScheme.ED25519 -> Signature.getInstance("Ed25519")
        SignatureScheme.RSA_PSS_SHA256 -> pss("SHA256", "SHA-256", 32)
        SignatureScheme.RSA_PSS_SHA384 -> pss("SHA384", "SHA-384", 48)
        SignatureScheme.RSA_PSS_SHA512 -> pss("SHA512", "SHA-512", 64)
        SignatureScheme.RSA_PKCS1_SHA256 -> Signature.getInstance("SHA256withRSA")
        SignatureScheme.RSA_PKCS1_SHA384 -> Signature.getInstance("SHA384withRSA")
        SignatureScheme.RSA_PKCS1_SHA512 -> Signature.getInstance("SHA512withRSA")
    }.apply { initSign(key) }

    /** By Android's name, whose defaults are what TLS wants: the same hash for MGF1, and a salt as long as it. */
    private fun pss(name: String, hash: String, saltBytes: Int): Signature = try {
        Signature.getInstance("${name}withRSA/PSS")
    } catch (_: NoSuchAlgorithmException) {
        Signature.getInstance("RSASSA-PSS").apply {
            setParameter(PSSParameterSpec(hash, "MGF1", MGF1ParameterSpec(hash), saltBytes, PSSParameterSpec.TRAILER_FIELD_BC))
        }
    }
}
