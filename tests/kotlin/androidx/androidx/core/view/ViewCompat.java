package androidx.core.view;

import android.view.View;

public class ViewCompat {

    public static void setOnApplyWindowInsetsListener(View view, OnApplyWindowInsetsListener listener) {}

    public static WindowInsetsCompat getRootWindowInsets(View view) {
        return null;
    }

    public static void requestApplyInsets(View view) {}

    public static WindowInsetsCompat onApplyWindowInsets(View view, WindowInsetsCompat insets) {
        return insets;
    }
}
