"use strict";
// Version 3 of reCAPTCHA asks nothing: when the form is sent, Google's script gives a word on its sender. Where that
// script does not come, the form goes without, and the page says what else can be done.
for (const field of document.querySelectorAll("input[data-calguard-recaptcha]")) {
  let state = "open";
  field.form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (state === "done" || button?.name === "calguard_review" || !window.grecaptcha) return;
    event.preventDefault();
    if (state === "asking") return; // pressed twice
    state = "asking";
    const send = (answer) => {
      field.value = answer;
      state = "done";
      setTimeout(() => field.form.requestSubmit(button)); // never from within the event that was stopped
    };
    grecaptcha.ready(() => {
      grecaptcha.execute(field.dataset.calguardRecaptcha, { action: field.dataset.action }).then(send, () => send(""));
    });
  });
  // Shown again by the back button, a page asks anew: an answer counts once.
  addEventListener("pageshow", () => {
    state = "open";
    field.value = "";
  });
}
