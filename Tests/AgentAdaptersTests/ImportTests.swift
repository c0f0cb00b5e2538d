import Testing
import TraceModel

@testable import AgentAdapters

@Suite struct ImportTests {
  private func imports(_ text: String, _ path: String, others: [String] = []) -> [String] {
    var finder = ImportFinder(paths: [path] + others)
    finder.read(text, of: path)
    return finder.found.sorted()
  }

  @Test func pythonImports() {
    let text = """
      import os, numpy as np, calc
      from flask.views import View
      from . import local
      from src.tools import x
           12→from requests import get
      import Upper
      # import commented
      """
    #expect(imports(text, "/r/src/app.py", others: ["/r/src/calc.py"]) == ["flask", "numpy", "requests"])
  }

  @Test func scriptImports() {
    let text = """
      import React, { useState } from 'react'
      import "side-effect/css"
      import x from '@scope/name/deep'
      } from "multi-line"
      import y from './own'
      import z from '@/own'
      const fs = require('fs')
      const e = require("express/lib")
      export { a } from `node:path`
      const text = "import q from 'nothing'"
      """
    #expect(imports(text, "a.ts") == ["@scope/name", "express", "multi-line", "react", "side-effect"])
  }

  @Test func otherImports() {
    #expect(
      imports(
        "import (\n\t\"fmt\"\n\tx \"github.com/a/b/c/d\"\n\t\"golang.org/x/sys/unix\"\n)\ns := \"a.b/c\"\n", "m.go")
        == ["github.com/a/b", "golang.org/x"])
    #expect(imports("require 'rails/all'\nrequire 'json'\nrequire_relative 'x'\n", "a.rb") == ["rails"])
    #expect(
      imports("use serde::Serialize;\npub use tokio::x;\nuse crate::y;\nuse std::io;\n", "a.rs") == ["serde", "tokio"])
    #expect(imports("import x\n", "notes.txt").isEmpty)
  }

  @Test func recordNamesWhatTheSessionWroteAndRead() {
    var fixture = Fixture()
    fixture.prompt("u1", "go")
    fixture.agent(
      "a1", Fixture.call("c1", "Write", #"{"file_path":"/repo/a.py","content":"import numpy\nimport a\n"}"#))
    fixture.result("r1", of: "c1")
    #expect(fixture.parse().record.dependencies == ["numpy"])
    var options = ClaudeCodeAdapter.Options()
    options.listsDependencies = false
    let plain = ClaudeCodeAdapter.parse(buffer: fixture.buffer, sessionID: "s1", options: options)
    #expect(plain.record.dependencies.isEmpty)
  }
}
