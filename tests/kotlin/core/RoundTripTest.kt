package dev.airlock.tests

import dev.airlock.ffi.Airlock
import dev.airlock.ffi.AirlockEvent
import dev.airlock.ffi.AirlockException
import dev.airlock.ffi.DelayCondition
import dev.airlock.ffi.Delivery
import dev.airlock.ffi.DownloadRequest
import dev.airlock.ffi.EmbeddedSource
import dev.airlock.ffi.EventSink
import dev.airlock.ffi.Launch
import dev.airlock.ffi.Platform
import dev.airlock.ffi.ResetTo
import dev.airlock.ffi.Setup
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import java.io.File
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit

/** What crosses the border between Kotlin and Rust: every type, listeners that throw, many threads. */
class RoundTripTest {
    @get:Rule val folder = TemporaryFolder()

    private lateinit var author: Author

    @Before fun start() {
        author = Author(folder.newFolder("project"))
    }

    @After fun stop() = author.close()

    @Test fun `every type of the interface crosses the border`() {
        val seen = ConcurrentHashMap.newKeySet<String>()
        fun <T> see(value: T): T = value.also { note(it, seen) }
        val device = device { event, delivery -> see(event); see(delivery) }

        val first = see(device.launch())
        device.shown(first.token)
        see(device.check())
        author.publish("2.0.0")
        see(device.check())
        see(device.sync())
        see(device.current())
        see(device.channel())
        see(device.channels())
        see(device.status())
        see(device.verify(null))
        device.delayUntil(see(listOf(DelayCondition("kill", null))))
        see(device.delayConditions())
        device.delayUntil(emptyList())
        val trial = see(device.reload())
        device.shown(trial.token)
        see(device.tick())
        device.shown(see(device.crash(trial.token, "gone")!!).token)
        see(device.takeFailedUpdate()!!)
        see(device.failures())
        see(device.gc())
        author.publish("3.0.0")
        device.sync()
        val again = device.reload().also { device.shown(it.token) }
        see(device.ready(again.token))
        device.reset(see(ResetTo.EMBEDDED)).also { device.shown(it.token) }
        see(device.download(see(DownloadRequest(author.publish("4.0.0"), "4.0.0"))))
        see(runCatching { device.download(DownloadRequest("${author.url}none.zip", "5.0.0")) }.exceptionOrNull() as AirlockException.Failed)
        see(setup())
        see(EmbeddedSource.Directory("/"))

        val promised = File(System.getenv("AIRLOCK_REPOSITORY"), "rust-core/ffi/interface.txt").readLines()
        assertEquals("none of these was seen", emptySet<String>(), types(promised) - seen)
    }

    @Test fun `a listener that throws, or calls back, changes nothing`() {
        author.publish("2.0.0")
        lateinit var device: Airlock
        var heard = 0
        device = device { _, _ ->
            heard++
            device.current()
            throw if (heard % 2 == 0) AirlockException.Failed("usage", "from a listener") else IllegalStateException("out of the blue")
        }
        device.shown(device.launch().token)
        assertEquals("staged", device.sync().result)
        assertTrue("$heard", heard >= 3)
        assertEquals("2.0.0", device.reload().bundle.version)
    }

    @Test fun `two hundred threads call at once, and each gets its own answer`() {
        author.publish("2.0.0")
        val threads = CopyOnWriteArrayList<Thread>()
        val device = device { _, _ -> threads += Thread.currentThread() }
        val launch: Launch = device.launch()
        device.shown(launch.token)
        val pool = Executors.newFixedThreadPool(THREADS)
        val answers = (0 until THREADS).map { n ->
            pool.submit<Any?> {
                when (n % 4) {
                    0 -> device.current().bundle.id
                    1 -> runCatching { device.next("bundle $n") }.exceptionOrNull()
                    2 -> device.ready("token $n").accepted
                    else -> if (n < 12) device.sync().result else device.list().first().id
                }
            }
        }.map { it.get(60, TimeUnit.SECONDS) }
        pool.shutdown()
        for ((n, answer) in answers.withIndex()) when (n % 4) {
            0 -> assertEquals("builtin", answer)
            1 -> assertEquals("bundle_unknown", (answer as AirlockException.Failed).code)
            2 -> assertFalse(answer as Boolean)
            else -> assertTrue("$answer", answer in setOf("staged", "builtin"))
        }
        assertNotNull("events came on the threads that called", threads.firstOrNull())
        assertTrue(device.ready(launch.token).accepted)
    }

    /** The names of what was seen: records, and each case of an enum. */
    private fun note(value: Any?, seen: MutableSet<String>) {
        when (value) {
            is List<*> -> value.forEach { note(it, seen) }
            is Enum<*> -> seen += "${value.javaClass.simpleName}.${value.name.replace("_", "").lowercase()}"
            else -> if (value != null && value.javaClass.name.startsWith("dev.airlock.ffi.")) {
                val outer = value.javaClass.enclosingClass?.simpleName
                seen += if (outer == null) value.javaClass.simpleName else "$outer.${value.javaClass.simpleName.lowercase()}"
                value.fields().values.forEach { note(it, seen) }
            }
        }
    }

    /** The same names out of interface.txt, without the other platform and target of a reset, and without the schemes, which a handshake needs (KeyIdentityTest). */
    private fun types(promised: List<String>): Set<String> = promised.mapNotNull { line ->
        val (what, name) = line.split(" ", limit = 3).let { it[0] to it[1] }
        when (what) {
            "record" -> name.substringBefore('.')
            "enum" -> name.substringBefore('.') + "." + line.split(" ")[2].substringBefore('(').lowercase()
            "error" -> "AirlockException." + line.split(" ")[2].substringBefore('(').lowercase()
            else -> null
        }
    }.filterNot { it.startsWith("SignatureScheme.") }.toSet() - setOf("Platform.ios", "ResetTo.lastsuccessful")

    private fun device(hear: (AirlockEvent, Delivery) -> Unit) = Airlock(
        setup(),
        object : EventSink {
            override fun onEvent(event: AirlockEvent, delivery: Delivery) = hear(event, delivery)
        },
    )

    private fun setup(): Setup {
        val configuration = mapOf("updateUrl" to author.url, "publicKey" to author.publicKey, "allowInsecureLoopback" to true)
        return Setup(
            stateDir = File(folder.root, "state").path,
            embedded = EmbeddedSource.Apk(listOf(Phone.apk(folder.root).path)),
            configJson = Phone.json(mapOf("appId" to Author.APP_ID, "plugins" to mapOf("Airlock" to configuration))),
            platform = Platform.ANDROID,
            nativeVersion = "1.0.0",
            appId = null,
        )
    }

    private companion object {
        const val THREADS = 200
    }
}
