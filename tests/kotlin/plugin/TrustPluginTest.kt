package dev.airlock.tests

import android.security.net.config.NetworkSecurityConfigProvider
import com.android.okhttp.internal.tls.OkHostnameVerifier
import dev.airlock.capacitor.AndroidTrust
import dev.airlock.capacitor.core.Methods
import dev.airlock.capacitor.core.PlatformTrust
import dev.airlock.ffi.AirlockException
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import org.robolectric.annotation.ConscryptMode
import java.security.KeyStore
import javax.net.ssl.HttpsURLConnection
import javax.net.ssl.TrustManagerFactory
import javax.net.ssl.X509TrustManager

/**
 * Server trust with Android's own classes: the trust manager that its network security configuration gives to apps (with
 * a key store of the test's in place of the phone's), and its verifier of host names. The certificates are made here.
 */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [34])
// The server here is the JDK's, which does not get on with another provider of elliptic curves.
@ConscryptMode(ConscryptMode.Mode.OFF)
class TrustPluginTest {
    @get:Rule val folder = TemporaryFolder()

    private val known = Authority("known")
    private val platforms = HttpsURLConnection.getDefaultHostnameVerifier()

    @Before fun start() {
        withoutTransparencyLogs()
        // On a phone it is this one; here the class is the JDK's, whose default says no to everybody.
        HttpsURLConnection.setDefaultHostnameVerifier(OkHostnameVerifier.INSTANCE)
    }

    @After fun stop() = HttpsURLConnection.setDefaultHostnameVerifier(platforms)

    @Test fun `a chain to a known authority is trusted for the host that it names, and for no other`() {
        val identity = known.issue("updates.example.com")
        trust().verify("updates.example.com", identity)
        for (host in listOf("example.com", "evil.updates.example.com", "updates.example.com.evil.com", "127.0.0.1")) {
            assertTrue("another host's" in refusal { trust().verify(host, identity) })
        }
        trust().verify("updates.example.com", known.issue("*.example.com"))
        trust().verify("updates.example.com", known.issue("updates.example.com", "RSA 2048"))
    }

    @Test fun `an unknown authority is not trusted, though the host is right`() {
        val stranger = Authority("known")
        refusal { trust().verify("updates.example.com", stranger.issue("updates.example.com")) }
        trust(stranger.trustStore()).verify("updates.example.com", stranger.issue("updates.example.com"))
    }

    @Test fun `a certificate holds from its first day to its last`() {
        for (days in listOf(-40L..-1L, 2L..30L)) {
            refusal { trust().verify("updates.example.com", known.issue("updates.example.com", days = days)) }
        }
        trust().verify("updates.example.com", known.issue("updates.example.com", days = -40L..1L))
    }

    @Test fun `a chain that is empty, or no certificate, is refused in words`() {
        assertTrue("no certificate" in refusal { trust().verify("updates.example.com", emptyList<ByteArray>()) })
        refusal { trust().verify("updates.example.com", listOf(byteArrayOf(1, 2, 3))) }
    }

    @Test fun `a trust manager that cannot be made refuses, and is asked again`() {
        var tries = 0
        val trust = AndroidTrust.create { if (tries++ == 0) error("no key store") else manager(known.trustStore()) }
        val identity = known.issue("updates.example.com")
        assertTrue("no key store" in refusal { trust.verify("updates.example.com", identity) })
        trust.verify("updates.example.com", identity)
    }

    @Test fun `the engine syncs over TLS exactly when Android trusts the server`() {
        Author(folder.newFolder("project")).use { author ->
            author.publish("2.0.0")
            TlsServer(author.repository, known.issue("localhost")).use { server ->
                val stranger = Authority("stranger")
                for ((store, outcome) in listOf(stranger.trustStore() to "download_failed", known.trustStore() to "staged")) {
                    val phone = Phone(folder.root, mapOf("updateUrl" to server.url, "publicKey" to author.publicKey, "autoUpdate" to false))
                    val methods = Methods(phone.process(trust(store)).apply { attach(TestScreen()) })
                    if (outcome == "staged") assertEquals(outcome, methods.answer("sync")!!["result"])
                    else {
                        val refused = methods.refusal("sync")
                        assertEquals(outcome, refused.code)
                        assertTrue(refused.message, "not trusted by this device" in refused.message)
                    }
                }
            }
        }
    }

    /** Android's list of them is read by native code, which is not here; apps of Android 14 do not ask for it. */
    private fun withoutTransparencyLogs() {
        val logs = Class.forName("com.android.org.conscrypt.ct.CTLogStoreImpl").getDeclaredField("defaultFallbackLogs")
        logs.isAccessible = true
        logs.set(null, java.lang.reflect.Array.newInstance(logs.type.componentType, 0))
    }

    private fun trust(store: KeyStore = known.trustStore()) = AndroidTrust.create { manager(store) }

    private fun manager(store: KeyStore): X509TrustManager = TrustManagerFactory.getInstance("PKIX", NetworkSecurityConfigProvider())
        .apply { init(store) }
        .trustManagers.filterIsInstance<X509TrustManager>().single()

    private fun PlatformTrust.verify(host: String, identity: Authority.Identity) = verify(host, identity.chain.map { it.encoded })

    private fun refusal(verify: () -> Unit): String = try {
        verify()
        error("it was trusted")
    } catch (refused: AirlockException.Failed) {
        assertEquals("download_failed", refused.code)
        refused.reason
    }
}
