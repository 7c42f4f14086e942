package dev.airlock.tests

import dev.airlock.capacitor.core.KeyIdentity
import dev.airlock.capacitor.core.KeyWithCertificates
import dev.airlock.capacitor.core.Methods
import dev.airlock.ffi.AirlockException
import dev.airlock.ffi.ServerTrust
import dev.airlock.ffi.SignatureScheme
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import java.security.KeyStoreException
import java.security.PublicKey
import java.security.Signature
import java.security.spec.MGF1ParameterSpec
import java.security.spec.PSSParameterSpec

/** The device's identity for an update server, with real keys, and with a real server that wants one. */
class KeyIdentityTest {
    @get:Rule val folder = TemporaryFolder()

    private val authority = Authority("devices")

    @Test fun `each kind of key offers its schemes, and signs what its certificate verifies`() {
        for ((kind, schemes) in KINDS) {
            val issued = authority.issue("device", kind)
            val identity = KeyIdentity { issued.onPhone() }
            assertEquals(kind, schemes, identity.schemes())
            assertEquals(2, identity.certificates().size)
            assertArrayEquals(issued.chain.first().encoded, identity.certificates().first())
            for (scheme in schemes) {
                val signature = identity.sign(scheme, MESSAGE)
                assertTrue("$kind $scheme", verifies(scheme, issued.chain.first().publicKey, MESSAGE, signature))
                assertFalse("$kind $scheme", verifies(scheme, issued.chain.first().publicKey, MESSAGE + 1, signature))
            }
            val others = SignatureScheme.entries.filter { it.kind() != schemes.first().kind() }
            for (scheme in others) failure { identity.sign(scheme, MESSAGE) }
        }
    }

    @Test fun `without a key there is no identity, and a key that cannot be had is a failure in words`() {
        val none = KeyIdentity { null }
        assertEquals(emptyList<Any>() to emptyList<Any>(), none.certificates() to none.schemes())
        failure { none.sign(SignatureScheme.ED25519, MESSAGE) }

        var tries = 0
        val issued = authority.issue("device")
        val busy = KeyIdentity { if (tries++ == 0) throw KeyStoreException("busy") else issued.onPhone() }
        assertTrue("busy" in failure { busy.certificates() })
        assertEquals(2, busy.certificates().size)
    }

    @Test fun `a server that wants a certificate gets that of a device which has one, in both versions of TLS`() {
        Author(folder.newFolder("project")).use { author ->
            author.publish("2.0.0")
            val site = Authority("site").issue("localhost")
            val stranger = Authority("devices")
            val rsa = authority.issue("device", "RSA 2048")
            for (protocol in listOf("TLSv1.3", "TLSv1.2")) {
                TlsServer(author.repository, site, authority.trustStore(), protocol).use { server ->
                    fun sync(identity: KeyIdentity?): Methods {
                        val configuration = mapOf("updateUrl" to server.url, "publicKey" to author.publicKey, "autoUpdate" to false)
                        val updater = Phone(folder.newFolder(), configuration).process(Pinned(site), identity = identity)
                        updater.attach(TestScreen())
                        return Methods(updater)
                    }
                    val refused = listOf(null, KeyIdentity { null }, KeyIdentity { stranger.issue("device").onPhone() })
                    for (identity in refused) assertEquals(protocol, "download_failed", sync(identity).refusal("sync").code)
                    assertEquals("nobody was let in", emptyList<String>(), server.seen)
                    val broken = sync(KeyIdentity { throw KeyStoreException("busy") }).refusal("sync")
                    assertTrue(broken.message, "clientIdentity" in broken.message)

                    for (issued in listOf(authority.issue("device"), rsa)) {
                        assertEquals(protocol, "staged", sync(KeyIdentity { issued.onPhone() }).answer("sync")!!["result"])
                    }
                    assertTrue("${server.seen}", server.seen.isNotEmpty() && server.seen.all { it == "CN=device" })
                }
            }
        }
    }

    private fun Authority.Identity.onPhone() = KeyWithCertificates(key, chain)

    private fun failure(task: () -> Any?): String = try {
        error("it did not fail, and answered ${task()}")
    } catch (failed: AirlockException.Failed) {
        assertEquals("download_failed", failed.code)
        failed.reason
    }

    private fun SignatureScheme.kind() = name.substringBefore('_')

    /** As a TLS server does it (RFC 8446 section 4.2.3). */
    private fun verifies(scheme: SignatureScheme, key: PublicKey, message: ByteArray, signature: ByteArray): Boolean {
        val hash = "SHA" + scheme.name.substringAfterLast("SHA", "")
        val verifier = when (scheme.name.removeSuffix(hash).trimEnd('_')) {
            "RSA_PSS" -> Signature.getInstance("RSASSA-PSS").apply {
                val name = hash.replace("SHA", "SHA-")
                setParameter(PSSParameterSpec(name, "MGF1", MGF1ParameterSpec(name), name.takeLast(3).toInt() / 8, 1))
            }
            "RSA_PKCS1" -> Signature.getInstance("${hash}withRSA")
            else -> Signature.getInstance(if (scheme == SignatureScheme.ED25519) "Ed25519" else "${hash}withECDSA")
        }
        return verifier.run {
            initVerify(key)
            update(message)
            verify(signature)
        }
    }

    /** Trusts one server, by its certificate. */
    private class Pinned(private val site: Authority.Identity) : ServerTrust {
        override fun verify(host: String, chain: List<ByteArray>) {
            if (!chain.first().contentEquals(site.chain.first().encoded)) throw AirlockException.Failed("download_failed", "another server")
        }
    }

    private companion object {
        val MESSAGE = "what a handshake signs".toByteArray()

        val KINDS = mapOf(
            "EC secp256r1" to listOf(SignatureScheme.ECDSA_P256_SHA256),
            "EC secp384r1" to listOf(SignatureScheme.ECDSA_P384_SHA384),
            "EC secp521r1" to listOf(SignatureScheme.ECDSA_P521_SHA512),
            "Ed25519" to listOf(SignatureScheme.ED25519),
            "RSA 2048" to SignatureScheme.entries.filter { it.name.startsWith("RSA_PSS") } +
                SignatureScheme.entries.filter { it.name.startsWith("RSA_PKCS1") },
        )
    }
}
