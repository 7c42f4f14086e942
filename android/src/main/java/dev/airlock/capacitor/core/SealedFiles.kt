package dev.airlock.capacitor.core

import dev.airlock.ffi.AirlockException
import dev.airlock.ffi.SecureStore
import java.io.File
import java.io.FileOutputStream
import java.io.IOException
import java.security.GeneralSecurityException
import java.security.ProviderException
import javax.crypto.AEADBadTagException
import javax.crypto.Cipher
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec

/** The one key that seals values; it never leaves the platform's key store. */
interface SealingKey {
    /** The key, or null where there is none. */
    fun find(): SecretKey?

    /** A new key, in place of the one that may be there. */
    fun make(): SecretKey

    /** Whether this failure says that the key can never be used again, and not just that it cannot be used now. */
    fun isGone(fault: Throwable): Boolean
}

/**
 * Small values that only this app on this device can read: each in a file of its own, sealed with AES-GCM under a key of
 * the platform. What can never be read again (the key is lost, the file was changed) is absent. What cannot be read now
 * throws `storage_failure`.
 *
 * @param folder in no backup: a file without its key is worth nothing on another device
 */
class SealedFiles(private val folder: File, private val key: SealingKey) : SecureStore {
    override fun read(key: String): ByteArray? = guarded("read") {
        val file = file(key)
        val sealed = if (file.exists()) file.readBytes() else return@guarded null
        unlessGone { this.key.find()?.let { open(it, key, sealed) } }
    }

    override fun write(key: String, value: ByteArray) = guarded("write") {
        val sealed = unlessGone { this.key.find()?.let { seal(it, key, value) } } ?: seal(this.key.make(), key, value)
        replace(file(key), sealed)
    }

    override fun remove(key: String) = guarded("remove") {
        val file = file(key)
        if (!file.delete() && file.exists()) throw IOException("the file stays")
    }

    private fun <T> unlessGone(use: () -> T): T? = try {
        use()
    } catch (fault: GeneralSecurityException) {
        if (!key.isGone(fault)) throw fault
        null
    } catch (fault: ProviderException) {
        if (!key.isGone(fault)) throw fault
        null
    }

    /** The name is sealed with the value, so that one file cannot stand in for another. */
    private fun seal(secret: SecretKey, name: String, value: ByteArray): ByteArray {
        // The nonce is the platform's own: Android's key store takes none from outside.
        val cipher = Cipher.getInstance(CIPHER).apply { init(Cipher.ENCRYPT_MODE, secret) }
        check(cipher.iv.size == NONCE_BYTES) { "a nonce of ${cipher.iv.size} bytes" }
        cipher.updateAAD(name.toByteArray())
        return byteArrayOf(FORMAT) + cipher.iv + cipher.doFinal(value)
    }

    /** Null for what was not sealed like this: it can never be opened. */
    private fun open(secret: SecretKey, name: String, sealed: ByteArray): ByteArray? {
        if (sealed.size < 1 + NONCE_BYTES + TAG_BITS / 8 || sealed[0] != FORMAT) return null
        val cipher = Cipher.getInstance(CIPHER)
        cipher.init(Cipher.DECRYPT_MODE, secret, GCMParameterSpec(TAG_BITS, sealed, 1, NONCE_BYTES))
        cipher.updateAAD(name.toByteArray())
        return try {
            cipher.doFinal(sealed, 1 + NONCE_BYTES, sealed.size - 1 - NONCE_BYTES)
        } catch (_: AEADBadTagException) {
            null
        }
    }

    /** The old content or the new one, whenever the power goes. */
    private fun replace(file: File, content: ByteArray) {
        if (!folder.isDirectory && !folder.mkdirs()) throw IOException("the folder cannot be made")
        val next = File(folder, "${file.name}.new")
        FileOutputStream(next).use {
            it.write(content)
            it.fd.sync()
        }
        if (!next.renameTo(file)) throw IOException("the file cannot be replaced")
    }

    private fun file(key: String): File {
        require(key.isNotEmpty() && key.all { it in 'a'..'z' || it == '-' }) { "not a key of the store" }
        return File(folder, "$key.sealed")
    }

    /** Whatever goes wrong in the platform's key store is told in one way. */
    private fun <T> guarded(what: String, task: () -> T): T = try {
        task()
    } catch (fault: Exception) {
        throw AirlockException.Failed("storage_failure", "the device's key store did not $what a value (${fault.javaClass.simpleName})")
    }

    private companion object {
        const val CIPHER = "AES/GCM/NoPadding"
        const val FORMAT: Byte = 1
        const val NONCE_BYTES = 12
        const val TAG_BITS = 128
    }
}
