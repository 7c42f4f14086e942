package androidx.core.app;

import android.app.Activity;

public class ActivityCompat extends androidx.core.content.ContextCompat {

    public static boolean shouldShowRequestPermissionRationale(Activity activity, String permission) {
        return false;
    }

    public static void requestPermissions(Activity activity, String[] permissions, int requestCode) {}
}
