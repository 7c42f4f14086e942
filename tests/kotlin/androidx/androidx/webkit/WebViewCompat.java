package androidx.webkit;

import android.content.Context;
import android.content.pm.PackageInfo;
import android.net.Uri;
import android.webkit.WebView;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;

/** Keeps what it is given, so that a test can see which scripts a page would get, and can post as that page. */
public class WebViewCompat {

    public interface WebMessageListener {
        void onPostMessage(
            WebView view,
            WebMessageCompat message,
            Uri sourceOrigin,
            boolean isMainFrame,
            JavaScriptReplyProxy replyProxy
        );
    }

    private static final Map<WebView, List<String>> SCRIPTS = new WeakHashMap<>();
    private static final Map<WebView, Map<String, WebMessageListener>> LISTENERS = new WeakHashMap<>();

    public static synchronized ScriptHandler addDocumentStartJavaScript(WebView view, String script, Set<String> origins) {
        for (String origin : origins) {
            // The real one knows http and https, and answers anything else with this.
            if (!origin.startsWith("http")) throw new IllegalArgumentException("allowedOriginRules " + origin + " is invalid");
        }
        List<String> scripts = SCRIPTS.computeIfAbsent(view, key -> Collections.synchronizedList(new ArrayList<>()));
        scripts.add(script);
        return () -> scripts.remove(script);
    }

    public static synchronized void addWebMessageListener(
        WebView view,
        String name,
        Set<String> origins,
        WebMessageListener listener
    ) {
        LISTENERS.computeIfAbsent(view, key -> new HashMap<>()).put(name, listener);
    }

    public static PackageInfo getCurrentWebViewPackage(Context context) {
        return null;
    }

    /** The scripts that the next document gets, in their order. */
    public static synchronized List<String> scripts(WebView view) {
        return new ArrayList<>(SCRIPTS.getOrDefault(view, List.of()));
    }

    /** What hears `window[name].postMessage()` in this web view. */
    public static synchronized WebMessageListener listener(WebView view, String name) {
        return LISTENERS.getOrDefault(view, Map.of()).get(name);
    }
}
