package dev.airlock.capacitor

import android.net.http.X509TrustManagerExtensions
import dev.airlock.capacitor.core.PlatformTrust
import java.security.KeyStore
import java.security.Principal
import java.security.cert.Certificate
import java.security.cert.X509Certificate
import javax.net.ssl.HttpsURLConnection
import javax.net.ssl.SSLPeerUnverifiedException
import javax.net.ssl.SSLSession
import javax.net.ssl.SSLSessionContext
import javax.net.ssl.TrustManagerFactory
import javax.net.ssl.X509TrustManager

/** Android's own judgement of a server: the one that every HTTPS connection of the app gets. */
internal object AndroidTrust {
    /** @param ofTheApp asked at the first connection: no launch waits for it, or fails with it */
    fun create(ofTheApp: () -> X509TrustManager = ::defaultManager): PlatformTrust {
        val manager by lazy { X509TrustManagerExtensions(ofTheApp()) }
        return PlatformTrust(
            // With the host, so that the network security configuration's rules for it apply.
            trusts = { chain, keyExchange, host -> manager.checkServerTrusted(chain, keyExchange, host) },
            isNamed = { host, leaf -> HttpsURLConnection.getDefaultHostnameVerifier().verify(host, SessionOf(leaf)) },
        )
    }

    private fun defaultManager(): X509TrustManager = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm())
        .apply { init(null as KeyStore?) }
        .trustManagers.filterIsInstance<X509TrustManager>().first()

    /** Android's verifier of host names asks a session for the server's certificate, and for nothing else. */
    private class SessionOf(private val leaf: X509Certificate) : SSLSession {
        override fun getPeerCertificates(): Array<Certificate> = arrayOf(leaf)

        override fun getPeerPrincipal(): Principal = leaf.subjectX500Principal

        override fun isValid() = true

        override fun getId() = ByteArray(0)

        override fun getSessionContext(): SSLSessionContext? = null

        override fun getCreationTime() = 0L

        override fun getLastAccessedTime() = 0L

        override fun invalidate() = Unit

        override fun putValue(name: String, value: Any) = Unit

        override fun getValue(name: String): Any? = null

        override fun removeValue(name: String) = Unit

        override fun getValueNames() = emptyArray<String>()

        override fun getLocalCertificates(): Array<Certificate>? = null

        override fun getLocalPrincipal(): Principal? = null

        override fun getCipherSuite() = "TLS_AES_128_GCM_SHA256"

        override fun getProtocol() = "TLSv1.3"

        override fun getPeerHost(): String? = null

        override fun getPeerPort() = -1

        override fun getPacketBufferSize() = 0

        override fun getApplicationBufferSize() = 0

        @Suppress("DEPRECATION")
        @Deprecated("of the interface; nobody calls it")
        override fun getPeerCertificateChain(): Array<javax.security.cert.X509Certificate> =
            throw SSLPeerUnverifiedException("not asked for")
    }
}
