package dev.airlock.capacitor.core

import dev.airlock.ffi.AirlockException
import dev.airlock.ffi.ClientIdentity
import dev.airlock.ffi.SignatureScheme
import java.math.BigInteger
import java.security.GeneralSecurityException
import java.security.PrivateKey
import java.security.PublicKey
import java.security.cert.Certificate
import java.security.interfaces.ECKey
import java.security.spec.ECFieldFp

/** A private key of the platform, with the certificates for it, its own first. */
class KeyWithCertificates(val key: PrivateKey, val chain: List<Certificate>)

/**
 * Who this device is to the update server (mutual TLS), with a private key that stays where it is: it signs, and is never
 * read.
 *
 * @param find asked in each handshake, so that a renewed certificate counts at once; null while there is none
 */
class KeyIdentity(private val find: () -> KeyWithCertificates?) : ClientIdentity {
    override fun certificates(): List<ByteArray> = guarded { find()?.chain.orEmpty().map { it.encoded } }

    /** What the key's kind allows and its platform does: a key can be bound to some digests and paddings. */
    override fun schemes(): List<SignatureScheme> = guarded {
        val identity = find() ?: return@guarded emptyList()
        val leaf = identity.chain.firstOrNull() ?: return@guarded emptyList()
        forKind(leaf.publicKey).filter { TlsSignature.isAbleTo(it, identity.key) }
    }

    override fun sign(scheme: SignatureScheme, message: ByteArray): ByteArray = guarded {
        val identity = find() ?: throw GeneralSecurityException("the key is not there any more")
        TlsSignature.sign(scheme, identity.key, message)
    }

    private fun forKind(key: PublicKey): List<SignatureScheme> = when (key.algorithm) {
        "EC" -> listOfNotNull(((key as? ECKey)?.params?.curve?.field as? ECFieldFp)?.let { CURVES[it.p] })
        "RSA" -> RSA
        "Ed25519", "EdDSA" -> listOf(SignatureScheme.ED25519)
        else -> emptyList()
    }

    private fun <T> guarded(task: () -> T): T = try {
        task()
    } catch (fault: Exception) {
        throw AirlockException.Failed(
            "download_failed",
            "the device's key for the update server cannot be used (${fault.message ?: fault.javaClass.simpleName}); check `clientIdentity`",
        )
    }

    private companion object {
        val RSA = listOf(
            SignatureScheme.RSA_PSS_SHA256,
            SignatureScheme.RSA_PSS_SHA384,
            SignatureScheme.RSA_PSS_SHA512,
            SignatureScheme.RSA_PKCS1_SHA256,
            SignatureScheme.RSA_PKCS1_SHA384,
            SignatureScheme.RSA_PKCS1_SHA512,
        )

        /** The curves of TLS by their primes (FIPS 186-4, appendix D.1.2): a key has no name for its curve. */
        val CURVES = mapOf(
            prime(256, -224, +192, +96) to SignatureScheme.ECDSA_P256_SHA256,
            prime(384, -128, -96, +32) to SignatureScheme.ECDSA_P384_SHA384,
            prime(521) to SignatureScheme.ECDSA_P521_SHA512,
        )

        /** The sum of these powers of two, less one. */
        fun prime(vararg powers: Int): BigInteger = powers.fold(BigInteger.ONE.negate()) { sum, power ->
            val term = BigInteger.ONE.shiftLeft(kotlin.math.abs(power))
            if (power < 0) sum - term else sum + term
        }
    }
}
