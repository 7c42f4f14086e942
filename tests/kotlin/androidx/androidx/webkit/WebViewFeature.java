package androidx.webkit;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

public class WebViewFeature {

    public static final String WEB_MESSAGE_LISTENER = "WEB_MESSAGE_LISTENER";
    public static final String DOCUMENT_START_SCRIPT = "DOCUMENT_START_SCRIPT";

    /** What the pretended WebView can do; tests of an old one take features away. */
    public static final Set<String> SUPPORTED = ConcurrentHashMap.newKeySet();

    static {
        SUPPORTED.add(WEB_MESSAGE_LISTENER);
        SUPPORTED.add(DOCUMENT_START_SCRIPT);
    }

    public static boolean isFeatureSupported(String feature) {
        return SUPPORTED.contains(feature);
    }
}
