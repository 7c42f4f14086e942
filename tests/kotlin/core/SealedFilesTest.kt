package dev.airlock.tests

import dev.airlock.capacitor.core.SealedFiles
import dev.airlock.capacitor.core.SealingKey
import dev.airlock.ffi.AirlockException
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import java.io.File
import java.security.KeyStore
import java.security.KeyStoreException
import java.security.UnrecoverableKeyException
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey

/** Sealed values, with a real key in a real key store: the JDK's PKCS12 in place of Android's. */
class SealedFilesTest {
    @get:Rule val folder = TemporaryFolder()

    private val files by lazy { File(folder.root, "sealed") }
    private val key by lazy { StoredKey(File(folder.root, "keys.p12")) }

    @Test fun `a value is there for the next process, and nowhere in the clear`() {
        assertNull(store().read(NAME))
        store().write(NAME, VALUE)
        assertArrayEquals(VALUE, store().read(NAME))
        assertFalse(String(file().readBytes(), Charsets.ISO_8859_1).contains(String(VALUE)))

        store().write(NAME, byteArrayOf())
        assertArrayEquals(byteArrayOf(), store().read(NAME))
        store().write(NAME, ByteArray(4096) { it.toByte() })
        assertEquals(4096, store().read(NAME)!!.size)
    }

    @Test fun `the same value is sealed in another way each time`() {
        store().write(NAME, VALUE)
        val first = file().readBytes()
        store().write(NAME, VALUE)
        assertFalse(first.contentEquals(file().readBytes()))
    }

    @Test fun `what is removed is absent, as often as it is removed`() {
        store().write(NAME, VALUE)
        store().write("other", byteArrayOf(1))
        repeat(2) {
            store().remove(NAME)
            assertNull(store().read(NAME))
        }
        assertArrayEquals(byteArrayOf(1), store().read("other"))
    }

    @Test fun `with another key, or none, the value is absent and can be written anew`() {
        for (lose in listOf({ key.make() }, { key.file.delete() })) {
            store().write(NAME, VALUE)
            lose()
            assertNull(store().read(NAME))
            store().write(NAME, VALUE)
            assertArrayEquals(VALUE, store().read(NAME))
        }
    }

    @Test fun `a key that the platform gave up is replaced at the next write`() {
        store().write(NAME, VALUE)
        key.fault = UnrecoverableKeyException("permanently invalidated")
        assertNull(store().read(NAME))
        store().write(NAME, VALUE)
        assertArrayEquals(VALUE, store().read(NAME))
    }

    @Test fun `a key store that does not answer now is a failure, and nothing is lost by it`() {
        store().write(NAME, VALUE)
        val before = file().readBytes()
        key.fault = KeyStoreException("busy with a secret")
        for (task in listOf({ store().read(NAME) }, { store().write(NAME, byteArrayOf(1)) })) {
            assertFalse(failure(task), "secret" in failure(task))
        }
        assertArrayEquals(before, file().readBytes())
        key.fault = null
        assertArrayEquals(VALUE, store().read(NAME))
    }

    @Test fun `a file that was changed in any byte, cut or emptied is absent`() {
        store().write(NAME, VALUE)
        val whole = file().readBytes()
        for (at in whole.indices) {
            file().writeBytes(whole.clone().also { it[at] = (it[at].toInt() xor 1).toByte() })
            assertNull("byte $at", store().read(NAME))
        }
        for (length in whole.indices) {
            file().writeBytes(whole.copyOf(length))
            assertNull("$length bytes", store().read(NAME))
        }
        file().writeBytes(whole)
        assertArrayEquals(VALUE, store().read(NAME))
    }

    @Test fun `one value cannot stand in for another`() {
        store().write(NAME, VALUE)
        file().copyTo(File(files, "other.sealed"))
        assertNull(store().read("other"))
        assertArrayEquals(VALUE, store().read(NAME))
    }

    @Test fun `a write that was cut off leaves the old value`() {
        store().write(NAME, VALUE)
        File(files, "$NAME.sealed.new").writeBytes(byteArrayOf(1, 2, 3))
        assertArrayEquals(VALUE, store().read(NAME))
        store().write(NAME, byteArrayOf(9))
        assertArrayEquals(byteArrayOf(9), store().read(NAME))
        assertEquals(listOf("$NAME.sealed"), files.list()!!.toList())
    }

    @Test fun `a folder that cannot be made, and a name that is none, are failures`() {
        files.writeText("a file in its place")
        failure { store().write(NAME, VALUE) }
        for (name in listOf("", "../device-id", "device/id", "Device", "a.b")) failure { store().read(name) }
        assertTrue(files.delete())
        store().write(NAME, VALUE)
        assertArrayEquals(VALUE, store().read(NAME))
    }

    /** As a new process makes it. */
    private fun store() = SealedFiles(files, key)

    private fun file() = File(files, "$NAME.sealed")

    private fun failure(task: () -> Any?): String = try {
        error("it did not fail, and answered ${task()}")
    } catch (failed: AirlockException.Failed) {
        assertEquals("storage_failure", failed.code)
        failed.reason
    }

    private class StoredKey(val file: File) : SealingKey {
        /** What the platform says next time; an UnrecoverableKeyException until there is a new key. */
        var fault: Exception? = null

        override fun find(): SecretKey? {
            fault?.let { throw it }
            return load().getKey(ALIAS, Authority.PASSWORD) as SecretKey?
        }

        override fun make(): SecretKey {
            val made = KeyGenerator.getInstance("AES").apply { init(256) }.generateKey()
            val store = load().apply { setKeyEntry(ALIAS, made, Authority.PASSWORD, null) }
            file.outputStream().use { store.store(it, Authority.PASSWORD) }
            fault = null
            return made
        }

        override fun isGone(fault: Throwable) = fault is UnrecoverableKeyException

        private fun load() = KeyStore.getInstance("PKCS12").apply {
            if (file.exists()) file.inputStream().use { load(it, Authority.PASSWORD) } else load(null, null)
        }
    }

    private companion object {
        const val NAME = "device-id"
        const val ALIAS = "sealing"
        val VALUE = "0123456789abcdef0123456789abcdef".toByteArray()
    }
}
