package androidx.test.platform.ui;

public class InjectEventSecurityException extends Exception {

    public InjectEventSecurityException(String message) {
        super(message);
    }
}
