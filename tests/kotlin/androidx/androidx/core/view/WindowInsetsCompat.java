package androidx.core.view;

import androidx.core.graphics.Insets;

public class WindowInsetsCompat {

    public static final WindowInsetsCompat CONSUMED = new WindowInsetsCompat();

    public Insets getInsets(int types) {
        return Insets.of(0, 0, 0, 0);
    }

    public boolean isVisible(int types) {
        return false;
    }

    public static final class Type {

        public static int systemBars() {
            return 1;
        }

        public static int statusBars() {
            return 2;
        }

        public static int navigationBars() {
            return 4;
        }

        public static int displayCutout() {
            return 8;
        }

        public static int ime() {
            return 16;
        }
    }

    public static final class Builder {

        public Builder() {}

        public Builder(WindowInsetsCompat insets) {}

        public Builder setInsets(int types, Insets insets) {
            return this;
        }

        public Builder setVisible(int types, boolean visible) {
            return this;
        }

        public WindowInsetsCompat build() {
            return CONSUMED;
        }
    }
}
