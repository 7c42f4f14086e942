package dev.airlock.tests

import java.io.Closeable
import java.io.File
import java.util.concurrent.TimeUnit

/** The author's machine: real keys, a real repository, and the real `airlock serve` in front of it. */
class Author(private val folder: File, appId: String = APP_ID) : Closeable {
    private val server: Process

    /** Where the repository is. */
    val url: String

    /** Its files, for a server of another kind. */
    val repository = File(folder, "repository")

    init {
        airlock("init", folder.path, "--app-id", appId, "--no-passphrase")
        server = start("serve", repository.path, "--port", "0", "--json")
        val told = server.inputReader().lineSequence().first { it.startsWith("{") }
        url = """"url":"([^"]+)"""".toRegex().find(told)!!.groupValues[1]
    }

    /** The public key that the app is shipped with. */
    val publicKey: String get() = File(folder, "keys/root.pub.pem").readText()

    /** Signs and publishes a bundle whose start page says its version. Answers where its archive is. */
    fun publish(version: String): String {
        val before = archives()
        val bundle = File(folder, "dist-$version").apply { mkdirs() }
        webFiles(version).forEach { (name, text) -> File(bundle, name).writeText(text) }
        airlock("publish", bundle.path, "--version", version, "--project", folder.path)
        return url + (archives() - before).single().relativeTo(repository)
    }

    private fun archives() = repository.walk().filter { it.name.endsWith(".bundle.zip") }.toSet()

    override fun close() {
        server.destroy()
        server.waitFor(10, TimeUnit.SECONDS)
    }

    private fun airlock(vararg arguments: String) {
        val process = start(*arguments)
        val said = process.inputReader().readText()
        check(process.waitFor() == 0) { "airlock ${arguments.joinToString(" ")} failed:\n$said" }
    }

    private fun start(vararg arguments: String): Process =
        ProcessBuilder(listOf(binary) + arguments).redirectErrorStream(true).start()

    companion object {
        const val APP_ID = "com.example.app"

        private val binary = checkNotNull(System.getenv("AIRLOCK")) { "AIRLOCK must name the airlock binary" }

        fun webFiles(version: String) = mapOf(
            "index.html" to "<!doctype html><html><head><title>$version</title></head><body></body></html>",
            "main.js" to "console.log('$version')",
        )
    }
}
