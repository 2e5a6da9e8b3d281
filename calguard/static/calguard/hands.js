/*
 * Counts how a form is filled in: how many characters, presses and pastes, how long the pauses are, and whether a
 * person's browser made the events or a script did. It never reads which key is pressed or what any field holds,
 * keeps nothing, sends nothing by itself, and does nothing on a page without a form of ours.
 *
 * Every form with a field marked data-calguard-hands gets the counts as JSON; calguard/hands.py says what they mean.
 */
(function () {
  "use strict";
  if (window.calguardHands) return; // two forms on a page bring two copies
  window.calguardHands = true;

  var GAPS = 32;
  var forms = new WeakMap(); // form element to its counts
  var held = false; // the key that is down repeats by itself

  function marks() {
    return document.querySelectorAll("input[data-calguard-hands]");
  }

  function nonceOf(form) {
    var field = form.querySelector('input[name="calguard_form"], input[name$="-calguard_form"]');
    return field ? field.value.slice(-16) : "";
  }

  function countsOf(form) {
    var counts = forms.get(form);
    if (!counts) {
      counts = { keys: 0, pointer: 0, pastes: 0, fields: new Set(), trusted: 0, made: 0, longest: null, gaps: [] };
      counts.last = counts.typed = null; // when there last was an input, and a typed character
      forms.set(form, counts);
    }
    return counts;
  }

  function write(mark) {
    var form = mark.form;
    if (!form) return;
    var counts = countsOf(form);
    mark.value = JSON.stringify({
      n: nonceOf(form),
      k: counts.keys,
      p: counts.pointer,
      v: counts.pastes,
      f: counts.fields.size,
      t: counts.trusted,
      d: counts.made,
      l: counts.longest,
      g: counts.gaps,
      w: navigator.webdriver === true ? 1 : 0,
    });
  }

  function pause(counts, event) {
    if (counts.last !== null) {
      counts.longest = Math.max(counts.longest || 0, Math.round(event.timeStamp - counts.last));
    }
    counts.last = event.timeStamp;
  }

  function typed(counts, event) {
    if (event.inputType !== "insertText" && event.inputType !== "insertCompositionText") return;
    counts.keys += 1;
    counts.fields.add(event.target); // which field, never its value
    if (counts.typed !== null && !held) {
      counts.gaps.push(Math.round((event.timeStamp - counts.typed) * 10) / 10);
      if (counts.gaps.length > GAPS) counts.gaps.shift();
    }
    counts.typed = event.timeStamp;
  }

  function seen(event) {
    if (event.type === "keydown") held = event.repeat;
    marks().forEach(function (mark) {
      var form = mark.form;
      if (!form) return;
      var counts = countsOf(form);
      if (!event.isTrusted) counts.made += 1;
      else {
        counts.trusted += 1; // anywhere on the page: a button outside its form sends it, too
        if (event.target && event.target.form === form) {
          if (event.type === "pointerdown") counts.pointer += 1;
          else if (event.type === "paste") counts.pastes += 1;
          else if (event.type === "input") {
            typed(counts, event);
            pause(counts, event); // not on the way to the button: to wait before it is easily made up
          }
        }
      }
      write(mark);
    });
  }

  ["keydown", "input", "paste", "pointerdown", "touchstart", "click"].forEach(function (type) {
    window.addEventListener(type, seen, { capture: true, passive: true });
  });
  marks().forEach(write);
})();
