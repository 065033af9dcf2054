// Files mapped into memory, and how their pages are given back.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <thread>

namespace audiogen {

// A file's content, mapped while the object is there. Never written to.
class Mapped {
 public:
  // An Error where the file is missing or not readable.
  explicit Mapped(const std::filesystem::path& path);
  ~Mapped();
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;

  const std::uint8_t* data() const { return static_cast<const std::uint8_t*>(start_); }
  std::size_t size() const { return size_; }

  // Has the system read ahead.
  void expect_one_reading() const;

  // Takes the file's pages out of this process's memory; they are mapped again when next read.
  void give_back() const;

 private:
  void* start_ = nullptr;
  std::size_t size_ = 0;
};

// While it is there, what is read of a file is given back every few milliseconds: a file that is
// read once from end to end takes some MB at a time, not its size.
class GivingBack {
 public:
  explicit GivingBack(const Mapped& file);
  ~GivingBack();
  GivingBack(const GivingBack&) = delete;
  GivingBack& operator=(const GivingBack&) = delete;

 private:
  const Mapped& file_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace audiogen
