package dev.airlock.tests

import com.sun.net.httpserver.HttpExchange
import com.sun.net.httpserver.HttpsConfigurator
import com.sun.net.httpserver.HttpsParameters
import com.sun.net.httpserver.HttpsServer
import java.io.Closeable
import java.io.File
import java.net.InetAddress
import java.net.InetSocketAddress
import java.security.KeyStore
import java.security.cert.X509Certificate
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.Executors
import javax.net.ssl.KeyManagerFactory
import javax.net.ssl.SSLContext
import javax.net.ssl.TrustManagerFactory

/**
 * Files over HTTPS, by the JDK's own TLS.
 *
 * @param clients where given, the server wants a certificate of each client that this trusts
 * @param protocol the one version of TLS that it speaks
 */
class TlsServer(
    private val files: File,
    identity: Authority.Identity,
    clients: KeyStore? = null,
    private val protocol: String = "TLSv1.3",
) : Closeable {
    /** The names of the clients that were let in. */
    val seen = CopyOnWriteArrayList<String>()

    private val pool = Executors.newCachedThreadPool()
    private val server = HttpsServer.create(InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0)

    /** With the name `localhost`. */
    val url get() = "https://localhost:${server.address.port}/"

    init {
        val keys = KeyManagerFactory.getInstance("SunX509", "SunJSSE").apply { init(identity.keyStore(), Authority.PASSWORD) }
        val trusted = clients?.let { TrustManagerFactory.getInstance("PKIX", "SunJSSE").apply { init(it) } }
        val context = SSLContext.getInstance("TLS", "SunJSSE").apply { init(keys.keyManagers, trusted?.trustManagers, null) }
        server.httpsConfigurator = object : HttpsConfigurator(context) {
            override fun configure(parameters: HttpsParameters) = parameters.setSSLParameters(
                context.defaultSSLParameters.apply { needClientAuth = clients != null; protocols = arrayOf(protocol) },
            )
        }
        server.executor = pool
        server.createContext("/") { exchange -> exchange.use(::answer) }
        server.start()
    }

    private fun answer(exchange: HttpExchange) {
        val session = (exchange as com.sun.net.httpserver.HttpsExchange).sslSession
        runCatching { session.peerCertificates }.onSuccess { seen += (it.first() as X509Certificate).subjectX500Principal.name }
        val file = File(files, exchange.requestURI.path)
        if (!file.isFile) return exchange.sendResponseHeaders(404, -1)
        exchange.sendResponseHeaders(200, file.length())
        file.inputStream().use { it.copyTo(exchange.responseBody) }
    }

    private fun HttpExchange.use(body: (HttpExchange) -> Unit) = try {
        body(this)
    } finally {
        close()
    }

    override fun close() {
        server.stop(0)
        pool.shutdownNow()
    }
}
