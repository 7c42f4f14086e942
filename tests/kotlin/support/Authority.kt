package dev.airlock.tests

import org.bouncycastle.asn1.ASN1Integer
import org.bouncycastle.asn1.DERBitString
import org.bouncycastle.asn1.DERSequence
import org.bouncycastle.asn1.x500.X500Name
import org.bouncycastle.asn1.x509.AlgorithmIdentifier
import org.bouncycastle.asn1.x509.BasicConstraints
import org.bouncycastle.asn1.x509.Extension
import org.bouncycastle.asn1.x509.ExtensionsGenerator
import org.bouncycastle.asn1.x509.GeneralName
import org.bouncycastle.asn1.x509.GeneralNames
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo
import org.bouncycastle.asn1.x509.Time
import org.bouncycastle.asn1.x509.V3TBSCertificateGenerator
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.KeyStore
import java.security.PrivateKey
import java.security.PublicKey
import java.security.Signature
import java.security.cert.Certificate
import java.security.cert.CertificateFactory
import java.security.spec.ECGenParameterSpec
import java.time.Duration
import java.time.Instant
import java.util.Date
import java.util.concurrent.atomic.AtomicLong

/** A certificate authority of one test, with a key of its own. */
class Authority(private val name: String) {
    private val keys = pair(EC)
    private val serial = AtomicLong()

    /** Its own certificate. */
    val certificate: Certificate = certify(name, keys.public, -3650L..3650L) {
        addExtension(Extension.basicConstraints, true, BasicConstraints(true))
    }

    /** What trusts this authority and no other. */
    fun trustStore(): KeyStore = empty().apply { setCertificateEntry(name, certificate) }

    /**
     * A private key, and a chain that names [host] and ends with this authority.
     *
     * @param kind the algorithm, and its curve or size
     * @param days in which the certificate holds, from today
     */
    fun issue(host: String, kind: String = EC, days: LongRange = -1L..30L): Identity {
        val pair = pair(kind)
        val leaf = certify(host, pair.public, days) {
            addExtension(Extension.subjectAlternativeName, false, GeneralNames(GeneralName(GeneralName.dNSName, host)))
        }
        return Identity(pair.private, listOf(leaf, certificate))
    }

    private fun certify(subject: String, key: PublicKey, days: LongRange, extend: ExtensionsGenerator.() -> Unit): Certificate {
        val algorithm = AlgorithmIdentifier(X9ObjectIdentifiers.ecdsa_with_SHA256)
        val content = V3TBSCertificateGenerator().run {
            setSerialNumber(ASN1Integer(serial.incrementAndGet()))
            setSignature(algorithm)
            setIssuer(X500Name("CN=$name"))
            setSubject(X500Name("CN=$subject"))
            setStartDate(time(days.first))
            setEndDate(time(days.last))
            setSubjectPublicKeyInfo(SubjectPublicKeyInfo.getInstance(key.encoded))
            setExtensions(ExtensionsGenerator().apply(extend).generate())
            generateTBSCertificate()
        }
        val signature = Signature.getInstance("SHA256withECDSA").run {
            initSign(keys.private)
            update(content.encoded)
            sign()
        }
        val signed = DERSequence(arrayOf(content, algorithm, DERBitString(signature)))
        return CertificateFactory.getInstance("X.509").generateCertificate(signed.encoded.inputStream())
    }

    private fun time(day: Long) = Time(Date.from(Instant.now() + Duration.ofDays(day)))

    /** A private key with the certificates for it, the own one first. */
    class Identity(val key: PrivateKey, val chain: List<Certificate>) {
        fun keyStore(alias: String = "identity"): KeyStore = empty().apply { setKeyEntry(alias, key, PASSWORD, chain.toTypedArray()) }
    }

    companion object {
        const val EC = "EC secp256r1"

        val PASSWORD = "changeit".toCharArray()

        private fun pair(kind: String): KeyPair {
            val (algorithm, detail) = kind.split(" ") + ""
            return KeyPairGenerator.getInstance(algorithm).apply {
                when (algorithm) {
                    "EC" -> initialize(ECGenParameterSpec(detail))
                    "RSA" -> initialize(detail.toInt())
                }
            }.generateKeyPair()
        }

        private fun empty(): KeyStore = KeyStore.getInstance("PKCS12").apply { load(null, null) }
    }
}
