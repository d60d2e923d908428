//! A headless Chromium that is told what to do over its debugging pipe (its `DevTools` protocol).

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver},
    time::Duration,
};

use serde_json::{Value, json};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// A browser with one page.
pub(crate) struct Browser {
    process: Child,
    requests: ChildStdin,
    messages: Receiver<Value>,
    session: Option<String>,
    next: u64,
    /// What the browser has told without being asked, since the page was opened.
    events: Vec<Value>,
    profile: tempfile::TempDir,
}

impl Browser {
    pub(crate) fn new() -> Self {
        let profile = tempfile::tempdir().unwrap();
        // The pipe is on the descriptors 3 and 4, which only a shell can give to a process.
        let mut process = Command::new("sh")
            .args([
                "-c",
                "exec chromium \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1",
            ])
            .args([
                "sh",
                "--remote-debugging-pipe",
                "--headless=new",
                "--no-sandbox",
            ])
            .args(["--no-first-run", "--disable-gpu", "--disable-dev-shm-usage"])
            .args([
                "--disable-background-networking",
                "--disable-component-update",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .env("HOME", profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("there is a shell");
        let (sender, messages) = mpsc::channel();
        let mut answers = BufReader::new(process.stdout.take().unwrap());
        std::thread::spawn(move || {
            let mut text = Vec::new();
            while answers.read_until(0, &mut text).is_ok_and(|read| read > 0) {
                let message = serde_json::from_slice(text.strip_suffix(&[0]).unwrap_or(&text));
                if sender.send(message.unwrap()).is_err() {
                    break;
                }
                text.clear();
            }
        });
        let mut browser = Self {
            requests: process.stdin.take().unwrap(),
            process,
            messages,
            session: None,
            next: 0,
            events: Vec::new(),
            profile,
        };
        browser.attach();
        browser
    }

    fn attach(&mut self) {
        let target = self.ask("Target.createTarget", json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let session = self.ask("Target.attachToTarget", attach);
        self.session = Some(session["sessionId"].as_str().unwrap().to_owned());
        for domain in ["Page", "Runtime", "Log", "Network"] {
            self.ask(&format!("{domain}.enable"), json!({}));
        }
        self.look_like(1400, 1000, "light");
    }

    /// Sends a command and waits for its result.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        let mut request = json!({"id": self.next, "method": method});
        request["params"] = params;
        if let Some(session) = &self.session {
            request["sessionId"] = json!(session);
        }
        let mut text = request.to_string().into_bytes();
        text.push(0);
        self.requests.write_all(&text).expect("chromium is there");
        loop {
            let mut message = self.message();
            if message["id"] == self.next {
                assert!(message["error"].is_null(), "{method}: {}", message["error"]);
                return message["result"].take();
            }
            self.events.push(message);
        }
    }

    fn message(&mut self) -> Value {
        let message = self.messages.recv_timeout(PATIENCE);
        message.expect("chromium answers, if it is installed")
    }

    /// Sets the size of the window, and whether the reader wants it light or dark.
    pub(crate) fn look_like(&mut self, width: u32, height: u32, scheme: &str) {
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}),
        );
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.ask("Emulation.setEmulatedMedia", json!({"features": features}));
    }

    /// Opens a file and waits until it is loaded.
    pub(crate) fn open(&mut self, page: &Path) {
        self.events.clear();
        let address = format!("file://{}", page.display());
        self.ask("Page.navigate", json!({"url": address}));
        self.wait_for(|event| event["method"] == "Page.loadEventFired");
    }

    /// Waits until the browser has told something.
    pub(crate) fn wait_for(&mut self, is_meant: impl Fn(&Value) -> bool) {
        while !self.events.iter().any(&is_meant) {
            let message = self.message();
            self.events.push(message);
        }
    }

    /// Evaluates a script in the page, and what it promises.
    pub(crate) fn evaluate(&mut self, script: &str) -> Value {
        let params = json!({
            "expression": script, "awaitPromise": true, "returnByValue": true, "userGesture": true
        });
        let mut result = self.ask("Runtime.evaluate", params);
        assert!(
            result["exceptionDetails"].is_null(),
            "{script}: {}",
            result["exceptionDetails"]
        );
        result["result"]["value"].take()
    }

    /// The same, of a script that gives a text.
    pub(crate) fn text(&mut self, script: &str) -> String {
        let value = self.evaluate(script);
        value
            .as_str()
            .unwrap_or_else(|| panic!("{script}: {value}"))
            .to_owned()
    }

    /// Opens a page and returns its verdict: `good`, `bad`, `idle`, or nothing if there is none in `seconds`.
    pub(crate) fn verdict(&mut self, page: &Path, seconds: u32) -> String {
        self.open(page);
        self.text(&format!(
            "new Promise((done) => {{
               const end = performance.now() + {seconds} * 1000;
               const look = () => {{
                 const banner = document.querySelector('header#banner');
                 if (banner || performance.now() > end) done(banner?.className ?? '');
                 else setTimeout(look, 20);
               }};
               look();
             }})"
        ))
    }

    /// Presses and releases a key.
    pub(crate) fn press(&mut self, key: &str) {
        let (code, text) = match key {
            "Enter" => (13, "\r"),
            "Escape" => (27, ""),
            "Tab" => (9, ""),
            "End" => (35, ""),
            "Home" => (36, ""),
            "ArrowUp" => (38, ""),
            "ArrowDown" => (40, ""),
            _ => panic!("no such key: {key}"),
        };
        let event = |kind: &str| json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code, "text": text});
        self.ask("Input.dispatchKeyEvent", event("keyDown"));
        self.ask("Input.dispatchKeyEvent", event("keyUp"));
    }

    /// Clicks in the middle of an element.
    pub(crate) fn click(&mut self, selector: &str) {
        let at = self.evaluate(&format!(
            "(() => {{
               const element = document.querySelector({});
               element.scrollIntoView({{ block: 'center' }});
               const box = element.getBoundingClientRect();
               return [box.x + box.width / 2, box.y + box.height / 2];
             }})()",
            json!(selector)
        ));
        for kind in ["mousePressed", "mouseReleased"] {
            let event =
                json!({"type": kind, "x": at[0], "y": at[1], "button": "left", "clickCount": 1});
            self.ask("Input.dispatchMouseEvent", event);
        }
    }

    /// Returns what has gone wrong in the page: errors, messages, and requests for anything but the page itself.
    pub(crate) fn complaints(&mut self) -> Vec<String> {
        // What was told before this is answered has arrived.
        self.evaluate("0");
        let complaint = |event: &Value| {
            let params = &event["params"];
            match event["method"].as_str().unwrap_or_default() {
                "Runtime.exceptionThrown" | "Runtime.consoleAPICalled" | "Log.entryAdded" => {
                    Some(params.to_string())
                }
                "Network.requestWillBeSent" => {
                    let request = params["request"]["url"].as_str().unwrap_or_default();
                    let is_page = params["documentURL"] == request && request.starts_with("file:");
                    // Chromium draws its own controls with pictures that are in it.
                    let is_own = request.starts_with("data:image/svg+xml;base64,");
                    (!is_page && !is_own).then(|| format!("request of {request}"))
                }
                _ => None,
            }
        };
        self.events.iter().filter_map(complaint).collect()
    }

    /// Leaves a picture of the page in `target/browser`, from its beginning to its end or `height`.
    pub(crate) fn keep_picture(&mut self, name: &str, height: u64) {
        let size = self.evaluate("[innerWidth, document.documentElement.scrollHeight]");
        let height = size[1].as_u64().unwrap().min(height);
        let clip = json!({"x": 0, "y": 0, "width": size[0], "height": height, "scale": 1});
        let params = json!({"captureBeyondViewport": true, "clip": clip});
        let picture = decoded(&self.ask("Page.captureScreenshot", params));
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        std::fs::create_dir_all(target.join("browser")).unwrap();
        std::fs::write(target.join(format!("browser/{name}.png")), picture).unwrap();
    }

    /// Returns the page as it is printed, as PDF.
    pub(crate) fn print(&mut self) -> Vec<u8> {
        let paper = self.ask("Page.printToPDF", json!({"printBackground": true}));
        decoded(&paper)
    }
}

fn decoded(answer: &Value) -> Vec<u8> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    STANDARD.decode(answer["data"].as_str().unwrap()).unwrap()
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may be gone already; then there is nothing to end.
        let _ = self.process.kill();
        let _ = self.process.wait();
        // Its helpers go with it, and may write into the profile until then.
        let _ = std::fs::remove_dir_all(self.profile.path());
    }
}
