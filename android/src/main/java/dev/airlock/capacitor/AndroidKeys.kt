package dev.airlock.capacitor

import android.content.Context
import android.security.KeyChain
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import dev.airlock.capacitor.core.KeyIdentity
import dev.airlock.capacitor.core.KeyWithCertificates
import dev.airlock.capacitor.core.SealedFiles
import dev.airlock.capacitor.core.SealingKey
import java.io.File
import java.security.KeyStore
import java.security.PrivateKey
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey

/** What the app keeps in Android's key store. */
internal object AndroidKeys {
    private const val PROVIDER = "AndroidKeyStore"
    private const val SEALING_ALIAS = "dev.airlock.sealing"

    /** Values that leave neither this app nor this device. Nothing is opened before the first use. */
    fun secureStore(app: Context) = SealedFiles(File(app.noBackupFilesDir, "airlock-sealed"), Sealing)

    /**
     * The key under [alias]: the app's own, or else one that the user or the device's manager gave it. Without one the
     * device has no identity, and the server decides.
     */
    fun clientIdentity(app: Context, alias: String) = KeyIdentity { own(alias) ?: granted(app, alias) }

    private fun keyStore() = KeyStore.getInstance(PROVIDER).apply { load(null) }

    private fun own(alias: String): KeyWithCertificates? {
        val store = keyStore()
        val key = store.getKey(alias, null) as? PrivateKey ?: return null
        return KeyWithCertificates(key, store.getCertificateChain(alias).orEmpty().toList())
    }

    /** Asks nobody: null for a key that the app was not given. */
    private fun granted(app: Context, alias: String): KeyWithCertificates? {
        val key = KeyChain.getPrivateKey(app, alias) ?: return null
        return KeyWithCertificates(key, KeyChain.getCertificateChain(app, alias).orEmpty().toList())
    }

    /** Made in hardware where the device has it. Usable without the user, since updates come while nobody looks. */
    private object Sealing : SealingKey {
        override fun find() = keyStore().getKey(SEALING_ALIAS, null) as? SecretKey

        override fun make(): SecretKey {
            val purposes = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT
            val spec = KeyGenParameterSpec.Builder(SEALING_ALIAS, purposes)
                .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
                .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
                .setKeySize(256)
                .build()
            return KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, PROVIDER).apply { init(spec) }.generateKey()
        }

        override fun isGone(fault: Throwable) =
            generateSequence(fault) { it.cause }.any { it is KeyPermanentlyInvalidatedException }
    }
}
