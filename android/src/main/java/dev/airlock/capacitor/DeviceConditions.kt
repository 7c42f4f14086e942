package dev.airlock.capacitor

import android.content.Context
import android.net.ConnectivityManager
import android.os.BatteryManager
import android.os.PowerManager
import dev.airlock.ffi.Conditions

/** What Android says of the connection and of the battery, for `wifiOnly`. */
internal class DeviceConditions(private val app: Context) : Conditions {
    /** A mobile network mostly, and a Wi-Fi that its owner pays by volume. */
    override fun isMetered(): Boolean = app.getSystemService(ConnectivityManager::class.java).isActiveNetworkMetered

    /** As low as Android itself calls low, and not charging; or the user saves power. */
    override fun isLowOnPower(): Boolean {
        if (app.getSystemService(PowerManager::class.java).isPowerSaveMode) return true
        val battery = app.getSystemService(BatteryManager::class.java)
        return !battery.isCharging && battery.getIntProperty(BatteryManager.BATTERY_PROPERTY_CAPACITY) in LOW_PERCENT
    }

    private companion object {
        /** A device that cannot tell says 0, or less. */
        val LOW_PERCENT = 1..15
    }
}
