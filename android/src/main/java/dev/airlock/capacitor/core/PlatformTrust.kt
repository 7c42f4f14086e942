package dev.airlock.capacitor.core

import dev.airlock.ffi.AirlockException
import dev.airlock.ffi.ServerTrust
import java.io.ByteArrayInputStream
import java.security.cert.CertificateException
import java.security.cert.CertificateFactory
import java.security.cert.X509Certificate

/**
 * The platform's own verdict on an update server: its roots, the user's, and what the app's network security
 * configuration says of the host.
 *
 * @param trusts throws for a chain (leaf first) that the platform does not trust for the host; the second argument is
 *   the key exchange as TLS names it
 * @param isNamed whether the certificate is that host's
 */
class PlatformTrust(
    private val trusts: (chain: Array<X509Certificate>, keyExchange: String, host: String) -> Unit,
    private val isNamed: (host: String, leaf: X509Certificate) -> Boolean,
) : ServerTrust {
    override fun verify(host: String, chain: List<ByteArray>) {
        try {
            val certificates = chain.map(::parse).toTypedArray()
            val leaf = certificates.firstOrNull() ?: throw CertificateException("the server sent no certificate")
            trusts(certificates, keyExchange(leaf), host)
            if (!isNamed(host, leaf)) throw CertificateException("the certificate is another host's")
        } catch (fault: Exception) {
            throw AirlockException.Failed(
                "download_failed",
                "the certificate of $host is not trusted by this device (${causeOf(fault)}); " +
                    "check the server's certificate chain and the app's network security configuration",
            )
        }
    }

    /** The platform wraps what it met, more than once. */
    private fun causeOf(fault: Throwable): String =
        generateSequence(fault) { it.cause }.last().let { it.message ?: it.javaClass.simpleName }

    private fun parse(der: ByteArray): X509Certificate =
        CertificateFactory.getInstance("X.509").generateCertificate(ByteArrayInputStream(der)) as X509Certificate

    /** Trust managers were made for TLS 1.2, where this names the suite; rustls offers only forward-secret ones. */
    private fun keyExchange(leaf: X509Certificate) = when (leaf.publicKey.algorithm) {
        "RSA" -> "ECDHE_RSA"
        else -> "ECDHE_ECDSA"
    }
}
